import { useState } from 'react';

import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';
import { Reading } from './Reading';
import { Writing } from './Writing';

interface NotePageProps {
  readonly noteId: string;
  /** The section to begin in. */
  readonly section: string | null;
}

/** A note: to be written while it is a draft of hers, else to be read. */
export function NotePage({ noteId, section }: NotePageProps) {
  const note = useCall('note_show', { note_id: noteId }, { asksAnew: true });
  const [wasSigned, setWasSigned] = useState(false);
  // An editor never begins from the cache: while somebody types, the cache is not told of every key.
  const answer = note.isFetchedAfterMount ? note : { ...note, data: undefined };
  return (
    <Loaded answer={answer} what="the note" rows={6} tall>
      {(view) => (view.is_editable ? <Writing note={view} section={section} onSigned={() => setWasSigned(true)} /> : <Reading note={view} wasJustSigned={wasSigned} />)}
    </Loaded>
  );
}
