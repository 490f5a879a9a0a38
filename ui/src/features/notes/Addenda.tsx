import { useState } from 'react';

import type { AddendumView, DiffView, NoteView } from '../../backend/generated/api';
import { useChange } from '../../backend/query';
import { moment } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Pill } from '../../shared/ui/Pill';
import styles from './Addenda.module.css';
import { AddendumEditor } from './AddendumEditor';
import { AddendumSigning } from './AddendumSigning';
import { dropTaken } from './Autosave';
import { ADDENDUM_WORD, addendumLook } from './model';
import { addendumKey } from './noteSaving';
import { Signature } from './NoteReader';
import { ReasonDialog } from './ReasonDialog';

interface AddendaProps {
  readonly note: NoteView;
  /** The one that is being written further down. */
  readonly except?: string | null;
  /** Beside a list a note is only read; what can be done stands on its own page. */
  readonly isReadOnly?: boolean;
}

/** What was added after the signature, oldest first. */
export function Addenda({ note, except = null, isReadOnly = false }: AddendaProps) {
  return (
    <>
      {note.addenda
        .filter((addendum) => addendum.addendum_id !== except)
        .map((addendum) => (
          <Addendum key={addendum.addendum_id} note={note} addendum={addendum} isReadOnly={isReadOnly} />
        ))}
    </>
  );
}

interface AddendumProps {
  readonly note: NoteView;
  readonly addendum: AddendumView;
  readonly isReadOnly: boolean;
}

function Addendum({ note, addendum, isReadOnly }: AddendumProps) {
  const [asks, setAsks] = useState<'sign' | 'dismiss' | 'edit' | null>(null);
  const [wasEdited, setWasEdited] = useState(false);
  const dismiss = useChange('addendum_dismiss');
  // What is read is what is set aside: words that come in meanwhile stand in the open.
  const [read, setRead] = useState<Record<string, string>>({});
  const isOpen = addendum.state === 'draft' && addendum.is_mine;
  const state = addendumLook(addendum);
  if (asks === 'edit') {
    return (
      <AddendumEditor
        note={note}
        addendum={addendum}
        onDone={() => {
          dropTaken(addendumKey(note.row.note_id, addendum.addendum_id));
          setAsks(null);
        }}
      />
    );
  }
  return (
    <section aria-label={ADDENDUM_WORD[addendum.kind] ?? addendum.kind} className={cx(styles.addendum)} data-open={isOpen || undefined} data-aside={addendum.state === 'dismissed' || undefined}>
      <header className={cx(styles.head)}>
        <h3 className={cx(styles.title)}>{ADDENDUM_WORD[addendum.kind] ?? addendum.kind}</h3>
        <span className={cx(styles.quiet)}>
          {addendum.author}, {moment(addendum.written_civil)}
          {addendum.device === '' ? '' : `, ${addendum.device}`}
        </span>
        <Pill tone={state.tone} bare>
          {state.word}
        </Pill>
      </header>
      {addendum.kind === 'late_entry' && addendum.state === 'draft' ? (
        <p className={cx(styles.explains)}>
          These words came from a device that had not heard of the signature yet. The signed text was not touched. Sign them as a late entry, or set them
          aside; they are kept either way.
        </p>
      ) : null}
      {addendum.reason === '' ? null : <p className={cx(styles.quiet)}>Reason: {addendum.reason}</p>}
      {addendum.diffs.length > 0
        ? addendum.diffs.map((diff) => <Difference key={diff.key} diff={diff} />)
        : addendum.sections.map((section) => (
            <div key={section.key}>
              {section.key === 'addendum' ? null : <h4 className={cx(styles.label)}>{section.label}</h4>}
              <p data-words className={cx(styles.words)}>
                {section.text}
              </p>
            </div>
          ))}
      {addendum.dismissed_because === '' ? null : <p className={cx(styles.quiet)}>Set aside: {addendum.dismissed_because}</p>}
      {addendum.signature === null ? null : <Signature signature={addendum.signature} />}
      {isOpen && !isReadOnly ? (
        <div className={cx(styles.deeds)}>
          <Button small onPress={() => setAsks('sign')}>
            Sign the {(ADDENDUM_WORD[addendum.kind] ?? 'addendum').toLowerCase()}…
          </Button>
          {addendum.kind === 'late_entry' ? null : (
            <Button
              small
              tone="quiet"
              autoFocus={wasEdited}
              onPress={() => {
                setAsks('edit');
                setWasEdited(true);
              }}
            >
              Go on writing
            </Button>
          )}
          <Button
            small
            tone="quiet"
            onPress={() => {
              setRead(Object.fromEntries(addendum.sections.map(({ key, text }) => [key, text])));
              setAsks('dismiss');
            }}
          >
            Set aside…
          </Button>
        </div>
      ) : null}
      {asks === 'sign' ? (
        <AddendumSigning note={note} addendum={{ ...addendum, id: addendum.addendum_id }} onClose={() => setAsks(null)} onSigned={() => setAsks(null)} />
      ) : null}
      {asks === 'dismiss' ? (
        <ReasonDialog
          form={`set aside ${addendum.addendum_id}`}
          title="Set these words aside?"
          explains="They do not become part of the note. They are kept, with the reason, and can be read here."
          label="Why they are set aside"
          deed="Set aside"
          isBusy={dismiss.isPending}
          problem={dismiss.error?.message ?? null}
          onClose={() => setAsks(null)}
          onGive={(reason, done) => dismiss.mutate({ addendum_id: addendum.addendum_id, reason, sections: read }, { onSuccess: done })}
        />
      ) : null}
    </section>
  );
}

/** How later words differ from the signed text: struck out, or added, each said in a word too. */
function Difference({ diff }: { readonly diff: DiffView }) {
  return (
    <div>
      <h4 className={cx(styles.label)}>{diff.label}</h4>
      <p data-words className={cx(styles.words)}>
        {diff.runs.map((run, index) => {
          // The runs of one text have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key -- see above
          if (run.from === 'removed') return <del key={index}>{run.text}</del>;
          // oxlint-disable-next-line react/no-array-index-key -- see above
          if (run.from === 'added') return <ins key={index}>{run.text}</ins>;
          // oxlint-disable-next-line react/no-array-index-key -- see above
          return <span key={index}>{run.text}</span>;
        })}
      </p>
    </div>
  );
}
