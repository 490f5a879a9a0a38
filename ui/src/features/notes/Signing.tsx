import { useState } from 'react';

import type { FindingView, NoteView, RunView, SignPreview } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { Button } from '../../shared/ui/Button';
import { Dialog } from '../../shared/ui/Dialog';
import { DEVICE_TIME, toldApart, valueWords } from './model';
import { SignDialog } from './SignDialog';

interface SigningProps {
  readonly note: NoteView;
  readonly isOnline: boolean;
  readonly onClose: () => void;
  readonly onJump: (finding: FindingView) => void;
  readonly onSigned: () => void;
}

/** Nothing is shown until the core has said what would be signed, word for word. */
export function Signing({ note, isOnline, onClose, onJump, onSigned }: SigningProps) {
  const preview = useCall('note_preview', { note_id: note.row.note_id }, { asksAnew: true });
  const sign = useChange('note_sign');
  const [openedAt] = useState(() => DEVICE_TIME.format(Date.now()));
  // What is read is what is signed, by its hash: words that come in meanwhile stand here only once the core has refused.
  const [read, setRead] = useState<SignPreview | null>(null);
  if (read === null && preview.data !== undefined && preview.isFetchedAfterMount) setRead(preview.data);
  const readAnew = async () => {
    const { data } = await preview.refetch();
    if (data !== undefined) setRead(data);
  };
  if (read === null && preview.isError) {
    return (
      <Dialog isOpen onClose={onClose} title="This note cannot be signed now" actions={<Button onPress={onClose}>Go on writing</Button>}>
        <p>{preview.error.message}</p>
      </Dialog>
    );
  }
  if (read === null) return null;
  return (
    <SignDialog
      // Other words are another question: the password is asked for again, and they are read from their top.
      key={read.content_hash}
      preview={{ ...read, sections: inOrder(read.sections, note), blocking: toldApart(read.blocking, note.sections) }}
      note={note.row}
      deviceTime={openedAt}
      isOnline={isOnline}
      isBusy={sign.isPending}
      error={sign.error ?? preview.error}
      onClose={onClose}
      onJump={onJump}
      onSign={(password) =>
        sign.mutate(
          { note_id: note.row.note_id, password, content_hash: read.content_hash },
          { onSuccess: onSigned, onError: (error) => (error.code === 'content_changed' ? void readAnew() : undefined) },
        )
      }
    />
  );
}

/** What is signed has the order of a hash's input; it is read in the order of writing, values in their words. */
function inOrder(content: readonly RunView[], note: NoteView): RunView[] {
  const places = new Map([...note.fields, ...note.sections].map((part, place) => [part.label, place] as const));
  const words = (run: RunView) => {
    const field = note.fields.find(({ label }) => label === run.from);
    return field === undefined ? run.text : valueWords(field, run.text);
  };
  return content
    .toSorted((one, other) => (places.get(one.from) ?? places.size) - (places.get(other.from) ?? places.size))
    .map((run) => ({ from: run.from, text: words(run) }));
}
