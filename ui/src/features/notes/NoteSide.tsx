import { CircleAlert, CircleCheck, Info } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { Tabs } from '../../shared/ui/Tabs';
import type { EarlierNote, KeptText, NoteCheck } from './model';
import styles from './NoteSide.module.css';

type SideTab = 'last' | 'checks' | 'history';

interface NoteSideProps {
  readonly earlier: EarlierNote | null;
  readonly checks: readonly NoteCheck[];
  readonly kept: readonly KeptText[];
  readonly onPull: (section: string) => void;
  readonly onJump: (section: string) => void;
  readonly onRestore: (id: string) => void;
}

/** What stands beside the note: the last one, what is still missing, and every text that this note has had. */
export function NoteSide({ earlier, checks, kept, onPull, onJump, onRestore }: NoteSideProps) {
  const [tab, setTab] = useState<SideTab>('last');
  const missing = checks.filter((check) => !check.isMet).length;
  return (
    <Tabs
      label="Beside the note"
      value={tab}
      onChange={setTab}
      tabs={[
        { id: 'last', word: 'Last note', body: <LastNote earlier={earlier} onPull={onPull} /> },
        { id: 'checks', word: 'Still missing', count: missing, body: <Checks checks={checks} onJump={onJump} /> },
        { id: 'history', word: 'History', body: <History kept={kept} onRestore={onRestore} /> },
      ]}
    />
  );
}

function LastNote({ earlier, onPull }: Pick<NoteSideProps, 'earlier' | 'onPull'>) {
  if (earlier === null) return <p className={cx(styles.none)}>This is the first note of this client on this device.</p>;
  return (
    <article className={cx(styles.earlier)}>
      <header>
        <h2 className={cx(styles.title)}>{earlier.title}</h2>
        <p className={cx(styles.signed)}>{earlier.signed}</p>
      </header>
      {earlier.sections.map((section) => (
        <section key={section.key} className={cx(styles.section)}>
          <div className={cx(styles.line)}>
            <h3 className={cx(styles.label)}>{section.label}</h3>
            <Button tone="quiet" small onPress={() => onPull(section.key)}>
              Pull forward
            </Button>
          </div>
          <p data-words className={cx(styles.words)}>
            {section.text}
          </p>
        </section>
      ))}
    </article>
  );
}

function Checks({ checks, onJump }: Pick<NoteSideProps, 'checks' | 'onJump'>) {
  return (
    <ul className={cx(styles.checks)}>
      {checks.map((check) => (
        <li key={check.id}>
          <AriaButton
            className={cx(styles.check)}
            data-level={check.isMet ? 'met' : check.level}
            isDisabled={check.section === null}
            onPress={() => {
              if (check.section !== null) onJump(check.section);
            }}
          >
            <Icon as={check.isMet ? CircleCheck : check.level === 'block' ? CircleAlert : Info} size={16} />
            <span className={cx(styles.text)}>{check.words}</span>
            {check.isMet ? <span className="visually-hidden">, done</span> : <span className={cx(styles.level)}>{check.level === 'block' ? 'before signing' : 'advice'}</span>}
          </AriaButton>
        </li>
      ))}
    </ul>
  );
}

function History({ kept, onRestore }: Pick<NoteSideProps, 'kept' | 'onRestore'>) {
  if (kept.length === 0) return <p className={cx(styles.none)}>Texts that you replace are kept here.</p>;
  return (
    <ol className={cx(styles.history)}>
      {kept.map((text) => (
        <li key={text.id} className={cx(styles.kept)}>
          <div className={cx(styles.line)}>
            <span className={cx(styles.signed)}>
              {text.when}, {text.device}
            </span>
            <Button tone="quiet" small onPress={() => onRestore(text.id)}>
              Bring back
            </Button>
          </div>
          <p data-words className={cx(styles.words)}>
            {text.words}
          </p>
        </li>
      ))}
    </ol>
  );
}
