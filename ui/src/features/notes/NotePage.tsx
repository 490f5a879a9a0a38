import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';

export function NotePage({ noteId, section }: { readonly noteId: string; readonly section: string | null }) {
  const note = useCall('note_show', { note_id: noteId });
  return (
    <Loaded answer={note} what="the note">
      {(view) => <p data-section={section}>{view.row.title}</p>}
    </Loaded>
  );
}
