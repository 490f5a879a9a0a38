import { useRouter } from '@tanstack/react-router';

import { useCall, useChange } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';
import { type AgendaEntry, dayOf, type ReviewItem } from './model';
import { Today } from './Today';

/** The clock of the day moves on by itself. */
const MINUTE_MS = 60_000;

export function TodayPage() {
  const { navigate } = useRouter();
  const today = useCall('today', {}, { everyMs: MINUTE_MS });
  const create = useChange('note_create');

  const openNote = (noteId: string) => void navigate({ to: '/note/$noteId', params: { noteId } });
  // One action from the appointment to the note: it is begun with what the appointment knows.
  const openAppointment = (entry: AgendaEntry) => {
    if (entry.noteId !== null) return openNote(entry.noteId);
    if (!entry.isClient || create.isPending) return;
    const kind = entry.phase === 'missed' || entry.phase === 'cancelled' ? { note_type: 'missed' } : {};
    create.mutate({ appointment_id: entry.id, sections: {}, fields: {}, ...kind }, { onSuccess: (made) => openNote(made.id) });
  };
  const review = (item: ReviewItem) => (item.kind === 'conflict' ? void navigate({ to: '/conflict/$noteId', params: { noteId: item.noteId } }) : openNote(item.noteId));

  return (
    <Loaded answer={today} what="today" rows={7} tall>
      {(view) => (
        <Today
          view={dayOf(view)}
          refusal={create.error?.message ?? null}
          onOpenAppointment={openAppointment}
          onOpenNote={openNote}
          onReview={review}
          onOpenActivity={() => void navigate({ to: '/activity' })}
          onOpenQuarantine={() => void navigate({ to: '/quarantine' })}
          onBook={() => void navigate({ to: '/calendar', search: { book: true } })}
        />
      )}
    </Loaded>
  );
}
