import { CircleAlert, CircleCheck, Info } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';

import { useCall } from '../../backend/query';
import type { FindingView, NoteView, RevisionView } from '../../backend/generated/api';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { Loaded } from '../../shared/ui/Loaded';
import { Tabs } from '../../shared/ui/Tabs';
import beside from './Beside.module.css';
import { History } from './History';
import { noteHeading, STANDING_LOOK } from './model';
import styles from './NoteSide.module.css';
import { isOnPulledText } from './pulling';

type SideTab = 'last' | 'checks' | 'history';

interface NoteSideProps {
  readonly note: NoteView;
  readonly onPull: (section: string, text: string, from: string) => void;
  readonly onJump: (finding: FindingView) => void;
  /** The text pulled into a section is true of this session as it stands. */
  readonly onStillTrue: (section: string) => void;
  readonly onRestore: (revision: RevisionView) => void;
}

/** What stands beside the note: the last one to write on from, what is still missing, and every text that was replaced. */
export function NoteSide({ note, onPull, onJump, onStillTrue, onRestore }: NoteSideProps) {
  const [tab, setTab] = useState<SideTab>('last');
  return (
    <Tabs
      label="Beside the note"
      value={tab}
      onChange={setTab}
      tabs={[
        { id: 'last', word: 'Last note', body: <LastNote note={note} onPull={onPull} /> },
        { id: 'checks', word: 'Still missing', count: note.findings.length, body: <Checks note={note} onJump={onJump} onStillTrue={onStillTrue} /> },
        { id: 'history', word: 'History', body: <History note={note} onRestore={onRestore} /> },
      ]}
    />
  );
}

function LastNote({ note, onPull }: Pick<NoteSideProps, 'note' | 'onPull'>) {
  const id = note.previous_note_id;
  const earlier = useCall('note_show', { note_id: id ?? '' }, { enabled: id !== null });
  if (id === null) return <p className={cx(beside.none)}>You have no earlier note of this client on this device.</p>;
  const here = new Set(note.sections.map((section) => section.key));
  return (
    <Loaded answer={earlier} what="the last note">
      {(last) => (
        <article className={cx(styles.earlier)}>
          <header>
            <h2 className={cx(styles.title)}>{noteHeading(last.row)}</h2>
            <p className={cx(beside.quiet)}>{STANDING_LOOK[last.row.standing].word}</p>
          </header>
          {last.sections
            .filter((section) => section.text.trim() !== '')
            .map((section) => (
              <section key={section.key}>
                <div className={cx(styles.line)}>
                  <h3 className={cx(beside.label)}>{section.label}</h3>
                  {here.has(section.key) ? (
                    <Button tone="quiet" small flush="end" aria-label={`Pull forward: ${section.label}`} onPress={() => onPull(section.key, section.text, id)}>
                      Pull forward
                    </Button>
                  ) : null}
                </div>
                <p data-words className={cx(beside.words)}>
                  {section.text}
                </p>
              </section>
            ))}
        </article>
      )}
    </Loaded>
  );
}

function Checks({ note, onJump, onStillTrue }: Pick<NoteSideProps, 'note' | 'onJump' | 'onStillTrue'>) {
  const labelOf = (key: string) => note.sections.find((section) => section.key === key)?.label ?? key;
  if (note.findings.length === 0) return <p className={cx(beside.none)}>Nothing is missing. The note can be signed.</p>;
  return (
    <ul className={cx(styles.checks)}>
      {note.findings.map((finding) => (
        <li key={`${finding.rule}:${finding.key}`} className={cx(styles.finding)}>
          <AriaButton className={cx(styles.check)} data-level={finding.level} onPress={() => onJump(finding)}>
            <Icon as={finding.level === 'block' ? CircleAlert : Info} size={16} />
            <span className={cx(styles.text)}>{finding.message}</span>
            <span className={cx(styles.level)}>{finding.level === 'block' ? 'before signing' : 'advice'}</span>
          </AriaButton>
          {isOnPulledText(finding) ? (
            <Button tone="quiet" small flush="end" aria-label={`Still true: ${labelOf(finding.key)}`} onPress={() => onStillTrue(finding.key)}>
              Still true
            </Button>
          ) : null}
        </li>
      ))}
      {note.rules > note.findings.length ? (
        <li className={cx(styles.met)}>
          <Icon as={CircleCheck} size={16} />
          {note.rules - note.findings.length} more are done
        </li>
      ) : null}
    </ul>
  );
}
