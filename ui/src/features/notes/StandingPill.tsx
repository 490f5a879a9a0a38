import { Pill } from '../../shared/ui/Pill';
import { type NoteStanding, STANDING_LOOK } from './model';

export function StandingPill({ standing, bare = false }: { readonly standing: NoteStanding; readonly bare?: boolean }) {
  const look = STANDING_LOOK[standing];
  return (
    <Pill tone={look.tone} icon={look.icon} bare={bare}>
      {look.word}
    </Pill>
  );
}
