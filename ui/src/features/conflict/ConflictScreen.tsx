import { ArrowLeft, Check, CircleAlert } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';

import { Banner } from '../../shared/ui/Banner';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { TextArea } from '../../shared/ui/TextArea';
import { type Choice, type Choices, type ConflictSection, type ConflictView, open, type Passage, passageName, result, taking } from './model';
import styles from './ConflictScreen.module.css';

interface ConflictScreenProps {
  readonly view: ConflictView;
  readonly choices: Choices;
  readonly onChoose: (passage: string, choice: Choice) => void;
  /** Why the choice was not taken, in the application's words. */
  readonly refusal: string | null;
  readonly isBusy: boolean;
  /** Leaving keeps the choices made so far. */
  readonly onLeave: () => void;
  readonly onKeep: () => void;
}

/** Two texts, side by side, and a person who decides. Both are kept in the history whatever she chooses. */
export function ConflictScreen({ view, choices, refusal, isBusy, onChoose, onLeave, onKeep }: ConflictScreenProps) {
  const [withBase, setWithBase] = useState(false);
  const left = open(view.sections, choices).length;
  const body = useRef<HTMLDivElement>(null);
  // Here, and after each pair of texts that is settled: on what waits for a choice.
  useEffect(() => body.current?.querySelector<HTMLElement>('[data-open] input')?.focus(), []);
  return (
    <div className={cx(styles.screen)}>
      <header className={cx(styles.head)}>
        <IconButton icon={ArrowLeft} label="Back, the choices stay" keys="Alt ←" onPress={onLeave} />
        <div className={cx(styles.names)}>
          <h1 className={cx(styles.client)}>{view.client}</h1>
          <p className={cx(styles.title)}>{view.title} was changed on two devices. Choose what the note should say; both texts stay in its history.</p>
        </div>
        <Button tone="quiet" onPress={() => setWithBase(!withBase)}>
          {withBase ? 'Hide the earlier text' : 'Show the earlier text'}
        </Button>
      </header>
      <div ref={body} className={cx(styles.body)}>
        {refusal === null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {refusal}
          </Banner>
        )}
        {view.sections.map((section) => {
          const text = result(section, choices);
          return (
            <section key={`${section.part}:${section.key}`} aria-label={section.label} className={cx(styles.section)}>
              <h2 className={cx(styles.label)}>{section.label}</h2>
              {section.passages.map((passage) =>
                passage.kind === 'same' ? (
                  <p key={passage.id} data-words className={cx(styles.same)}>
                    {passage.mine}
                  </p>
                ) : (
                  <PassageChoice
                    key={passage.id}
                    passage={passage}
                    section={section}
                    choice={choices[passage.id] ?? null}
                    view={view}
                    withBase={withBase}
                    onChoose={(choice) => onChoose(passage.id, choice)}
                  />
                ),
              )}
              {text === null ? null : (
                <div className={cx(styles.result)}>
                  <span className={cx(styles.reads)}>
                    <Icon as={Check} size={14} />
                    {section.label} will read
                  </span>
                  <p data-words className={cx(styles.words)}>
                    {section.labels[text] ?? text}
                  </p>
                </div>
              )}
            </section>
          );
        })}
      </div>
      <footer className={cx(styles.foot)}>
        <span role="status" className={cx(styles.left)}>
          {left === 0 ? 'Every passage is chosen.' : `${left} ${left === 1 ? 'passage waits' : 'passages wait'} for your choice.`}
        </span>
        <Button onPress={onLeave}>Decide later</Button>
        <Button tone="primary" isDisabled={left > 0 || isBusy} onPress={onKeep}>
          Keep this text
        </Button>
      </footer>
    </div>
  );
}

interface PassageChoiceProps {
  readonly passage: Passage;
  readonly section: ConflictSection;
  readonly choice: Choice | null;
  readonly view: ConflictView;
  readonly withBase: boolean;
  readonly onChoose: (choice: Choice) => void;
}

function PassageChoice({ passage, section, choice, view, withBase, onChoose }: PassageChoiceProps) {
  const take = choice?.take ?? null;
  return (
    <div className={cx(styles.passage)} data-open={choice === null || undefined}>
      {withBase ? (
        <div className={cx(styles.base)}>
          <span className={cx(styles.side)}>Both started from</span>
          <Words text={section.labels[passage.base] ?? passage.base} />
        </div>
      ) : null}
      <RadioGroup
        aria-label={`What the note should say: ${passageName(section, passage)}`}
        className={cx(styles.group)}
        value={take}
        onChange={(value) => {
          if (value === 'mine' || value === 'theirs' || value === 'edited') onChoose(taking(value, choice, passage));
        }}
      >
        <Radio value="mine" className={cx(styles.text)}>
          <span className={cx(styles.side)}>
            <span className={cx(styles.dot)} />
            {view.mineHead}
          </span>
          <Words text={section.labels[passage.mine] ?? passage.mine} />
        </Radio>
        <Radio value="theirs" className={cx(styles.text)}>
          <span className={cx(styles.side)}>
            <span className={cx(styles.dot)} />
            {view.theirsHead}
          </span>
          <Words text={section.labels[passage.theirs] ?? passage.theirs} />
        </Radio>
        {section.part === 'field' ? null : (
          <Radio value="edited" className={cx(styles.text, styles.anew)}>
            <span className={cx(styles.side)}>
              <span className={cx(styles.dot)} />
              Write it from both
            </span>
          </Radio>
        )}
      </RadioGroup>
      {take === 'edited' ? (
        <div className={cx(styles.edit)}>
          <TextArea label="What the note should say here" rows={3} value={choice?.text ?? ''} onChange={(text) => onChoose({ take: 'edited', text })} />
        </div>
      ) : null}
    </div>
  );
}

function Words({ text }: { readonly text: string }) {
  if (text.trim() === '') return <span className={cx(styles.nothing)}>Nothing stands here.</span>;
  return (
    <span data-words className={cx(styles.words)}>
      {text}
    </span>
  );
}
