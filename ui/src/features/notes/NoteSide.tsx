import { CircleAlert, CircleCheck, Info } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';

import { useCall } from '../../backend/query';
import type { FindingView, NoteView, RevisionView } from '../../backend/generated/api';
import { moment } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { Loaded } from '../../shared/ui/Loaded';
import { Tabs } from '../../shared/ui/Tabs';
import { noteHeading, STANDING_LOOK } from './model';
import styles from './NoteSide.module.css';

type SideTab = 'last' | 'checks' | 'history';

interface NoteSideProps {
  readonly note: NoteView;
  readonly onPull: (section: string, text: string, from: string) => void;
  readonly onJump: (finding: FindingView) => void;
  readonly onRestore: (revision: RevisionView) => void;
}

/** What stands beside the note: the last one to write on from, what is still missing, and every text that was replaced. */
export function NoteSide({ note, onPull, onJump, onRestore }: NoteSideProps) {
  const [tab, setTab] = useState<SideTab>('last');
  return (
    <Tabs
      label="Beside the note"
      value={tab}
      onChange={setTab}
      tabs={[
        { id: 'last', word: 'Last note', body: <LastNote note={note} onPull={onPull} /> },
        { id: 'checks', word: 'Still missing', count: note.findings.length, body: <Checks note={note} onJump={onJump} /> },
        { id: 'history', word: 'History', body: <History note={note} onRestore={onRestore} /> },
      ]}
    />
  );
}

function LastNote({ note, onPull }: Pick<NoteSideProps, 'note' | 'onPull'>) {
  const id = note.previous_note_id;
  const earlier = useCall('note_show', { note_id: id ?? '' }, { enabled: id !== null });
  if (id === null) return <p className={cx(styles.none)}>You have no earlier note of this client on this device.</p>;
  const here = new Set(note.sections.map((section) => section.key));
  return (
    <Loaded answer={earlier} what="the last note">
      {(last) => (
        <article className={cx(styles.earlier)}>
          <header>
            <h2 className={cx(styles.title)}>{noteHeading(last.row)}</h2>
            <p className={cx(styles.signed)}>{STANDING_LOOK[last.row.standing].word}</p>
          </header>
          {last.sections
            .filter((section) => section.text.trim() !== '')
            .map((section) => (
              <section key={section.key} className={cx(styles.section)}>
                <div className={cx(styles.line)}>
                  <h3 className={cx(styles.label)}>{section.label}</h3>
                  {here.has(section.key) ? (
                    <Button tone="quiet" small flush="end" aria-label={`Pull forward: ${section.label}`} onPress={() => onPull(section.key, section.text, id)}>
                      Pull forward
                    </Button>
                  ) : null}
                </div>
                <p data-words className={cx(styles.words)}>
                  {section.text}
                </p>
              </section>
            ))}
        </article>
      )}
    </Loaded>
  );
}

function Checks({ note, onJump }: Pick<NoteSideProps, 'note' | 'onJump'>) {
  if (note.findings.length === 0) return <p className={cx(styles.none)}>Nothing is missing. The note can be signed.</p>;
  return (
    <ul className={cx(styles.checks)}>
      {note.findings.map((finding) => (
        <li key={`${finding.rule}:${finding.key}`}>
          <AriaButton className={cx(styles.check)} data-level={finding.level} onPress={() => onJump(finding)}>
            <Icon as={finding.level === 'block' ? CircleAlert : Info} size={16} />
            <span className={cx(styles.text)}>{finding.message}</span>
            <span className={cx(styles.level)}>{finding.level === 'block' ? 'before signing' : 'advice'}</span>
          </AriaButton>
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

const KIND_WORD: Readonly<Record<string, string>> = { current: 'The text now', replaced: 'Replaced', incoming: 'Came in' };

function History({ note, onRestore }: Pick<NoteSideProps, 'note' | 'onRestore'>) {
  const history = useCall('note_history', { note_id: note.row.note_id });
  const labels = new Map([...note.sections.map((section) => [section.key, section.label] as const), ...note.fields.map((field) => [field.key, field.label] as const)]);
  return (
    <Loaded answer={history} what="the history">
      {({ revisions }) => (
        <ol className={cx(styles.history)}>
          {revisions.map((revision) => (
            <li key={revision.revision_id} className={cx(styles.kept)}>
              <div className={cx(styles.line)}>
                <h2 className={cx(styles.signed)}>
                  {KIND_WORD[revision.kind] ?? revision.kind}, {moment(revision.written_civil)}, {revision.device}
                </h2>
                {revision.kind === 'current' ? null : (
                  <Button tone="quiet" small flush="end" aria-label={`Bring back the text of ${moment(revision.written_civil)}`} onPress={() => onRestore(revision)}>
                    Bring back
                  </Button>
                )}
              </div>
              {revision.kind === 'current' ? null : <Texts revision={revision} labels={labels} />}
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
}

/** A section of another format has no label here, and its key reads almost like one. */
function spelled(key: string): string {
  const words = key.replaceAll('_', ' ');
  return `${words.charAt(0).toLocaleUpperCase()}${words.slice(1)}`;
}

function Texts({ revision, labels }: { readonly revision: RevisionView; readonly labels: ReadonlyMap<string, string> }) {
  return (
    <>
      {Object.entries(revision.sections).map(([key, text]) => (
        <div key={key}>
          <h3 className={cx(styles.label)}>{labels.get(key) ?? spelled(key)}</h3>
          <p data-words className={cx(styles.words)}>
            {text}
          </p>
        </div>
      ))}
      {Object.entries(revision.fields).map(([key, value]) => (
        <p key={key} className={cx(styles.signed)}>
          {labels.get(key) ?? spelled(key)}: {value}
        </p>
      ))}
    </>
  );
}
