import { useRouter } from '@tanstack/react-router';

import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';
import { quarantineOf } from './model';
import { QuarantineScreen } from './QuarantineScreen';

export function QuarantinePage() {
  const { navigate } = useRouter();
  const who = useCall('whoami', {});
  const list = useCall('quarantine', {}, { asksAnew: true });
  const today = who.data?.today ?? '';
  return (
    <Loaded answer={today === '' ? { ...list, data: undefined } : list} what="the work that waits" rows={6}>
      {(view) => (
        <QuarantineScreen
          view={quarantineOf(view, today)}
          onLeave={() => void navigate({ to: '/today' })}
          onOpen={(noteId, authorId) => void navigate({ to: '/quarantine/$noteId/$authorId', params: { noteId, authorId } })}
        />
      )}
    </Loaded>
  );
}
