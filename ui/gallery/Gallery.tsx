import { Shell } from '../src/app/Shell';
import { Today } from '../src/features/today/Today';
import { ToastRegion } from '../src/shared/ui/ToastRegion';
import { toast } from '../src/shared/ui/toasts';
import { TODAY } from './fixtures';

const said = (what: string) => () => toast({ text: what });

export function Gallery({ screen }: { readonly screen: string }) {
  return (
    <>
      <Shell
        at="/today"
        onGo={(path) => toast({ text: `Go to ${path}` })}
        onFind={said('Find')}
        onLock={said('Lock')}
        person={{ name: 'Alma Reyes', practice: 'Harbour Lane Counselling' }}
        device="Alma’s laptop"
        sync={{ state: 'waiting', count: 3, since: 'oldest 40 min', isOnline: false }}
        offline={{ changes: 3, oldest: '40 min', level: 'short' }}
      >
        {screen === 'today' ? (
          <Today
            view={TODAY}
            onOpenAppointment={said('Appointment')}
            onOpenNote={said('Note')}
            onOpenConflict={said('Conflict')}
            onOpenCoSign={said('Co-sign')}
            onOpenActivity={said('Activity')}
            onBook={said('Book')}
          />
        ) : null}
      </Shell>
      <ToastRegion />
    </>
  );
}
