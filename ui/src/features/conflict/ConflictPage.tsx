import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';

export function ConflictPage({ noteId }: { readonly noteId: string }) {
  const note = useCall('note_show', { note_id: noteId });
  return (
    <Loaded answer={note} what="the two texts">
      {(view) => <p>{view.row.title}</p>}
    </Loaded>
  );
}
