import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { ArrowLeft, ArrowRight, CircleSlash, Ellipsis, FilePlus2, FolderOpen } from 'lucide-react';
import { useState } from 'react';

import type { NoteView } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Menu } from '../../shared/ui/Menu';
import { Addenda } from './Addenda';
import { AddendumEditor } from './AddendumEditor';
import { dropTaken } from './Autosave';
import { addendumAutosave, addendumKey } from './noteSaving';
import { NoteReader, Signature } from './NoteReader';
import styles from './Reading.module.css';
import { ReasonDialog } from './ReasonDialog';

interface ReadingProps {
  readonly note: NoteView;
  /** True right after she signed it: the way on stands where her hands are. */
  readonly wasJustSigned: boolean;
}

/** A note that is not written any more: to be read, to be added to, or marked as entered in error. */
export function Reading({ note, wasJustSigned }: ReadingProps) {
  const client = useQueryClient();
  const { navigate, history } = useRouter();
  const voiding = useChange('note_void');
  const [adds, setAdds] = useState(false);
  // Whoever has finished with an addendum goes on from where she began it.
  const [hasAdded, setHasAdded] = useState(false);
  const [voids, setVoids] = useState(false);
  const isSigned = note.row.standing === 'signed' || note.row.standing === 'awaiting_receipt';
  const noteId = note.row.note_id;
  const mayAdd = isSigned && note.row.is_mine;
  const hasSequel = note.signature !== null || note.addenda.length > 0 || mayAdd;
  return (
    <div className={cx(styles.reading)}>
      <header className={cx(styles.head)}>
        <IconButton icon={ArrowLeft} label="Back" keys="Alt ←" onPress={() => history.back()} />
        <h1 className={cx(styles.client)}>{note.row.client_name}</h1>
        {wasJustSigned ? <Onward /> : null}
        <Menu
          trigger={<IconButton icon={Ellipsis} label="More about this note" />}
          groups={[
            { id: 'chart', entries: [{ id: 'chart', word: 'Open the chart', icon: FolderOpen, onAction: () => void navigate({ to: '/chart/$clientId', params: { clientId: note.row.client_id } }) }] },
            ...(isSigned && note.row.is_mine
              ? [{ id: 'void', entries: [{ id: 'void', word: 'Entered in error…', icon: CircleSlash, tone: 'danger' as const, onAction: () => setVoids(true) }] }]
              : []),
          ]}
        />
      </header>
      <div className={cx(styles.page)} data-sequel={hasSequel || undefined}>
        <NoteReader note={note} isSignedBeside />
        {hasSequel ? (
          <aside aria-label="Signature and addenda" className={cx(styles.sequel)}>
            <div className={cx(styles.pinned)}>
              {note.signature === null ? null : <Signature signature={note.signature} />}
              <Addenda note={note} except={adds ? addendumAutosave(client, noteId, null).id() : null} />
              {!mayAdd ? null : adds ? (
                <AddendumEditor
                  note={note}
                  addendum={null}
                  onDone={() => {
                    dropTaken(addendumKey(noteId, null));
                    setAdds(false);
                  }}
                />
              ) : (
                <div>
                  <Button
                    icon={FilePlus2}
                    autoFocus={hasAdded}
                    onPress={() => {
                      dropTaken(addendumKey(noteId, null));
                      setAdds(true);
                      setHasAdded(true);
                    }}
                  >
                    Write an addendum
                  </Button>
                </div>
              )}
            </div>
          </aside>
        ) : null}
      </div>
      {voids ? (
        <ReasonDialog
          form={`void ${noteId}`}
          title="Entered in error?"
          explains="The note is hidden behind a banner and kept for ever, with its signature and the reason."
          label="Why it was entered in error"
          deed="Mark as entered in error"
          isBusy={voiding.isPending}
          problem={voiding.error?.message ?? null}
          onClose={() => setVoids(false)}
          onGive={(reason, done) => voiding.mutate({ note_id: noteId, reason }, { onSuccess: done })}
        />
      ) : null}
    </div>
  );
}

/** The next note that waits, or the day: under the focus, so that Enter goes on. */
function Onward() {
  const { navigate } = useRouter();
  const today = useCall('today', {}, { asksAnew: true });
  if (today.data === undefined || !today.isFetchedAfterMount) return null;
  const next = today.data.unsigned[0];
  if (next === undefined) {
    return (
      <Button tone="primary" icon={ArrowRight} autoFocus onPress={() => void navigate({ to: '/today' })}>
        All signed. Back to today
      </Button>
    );
  }
  return (
    <Button tone="primary" icon={ArrowRight} autoFocus onPress={() => void navigate({ to: '/note/$noteId', params: { noteId: next.note_id } })}>
      Next to sign: {next.client_name}
    </Button>
  );
}
