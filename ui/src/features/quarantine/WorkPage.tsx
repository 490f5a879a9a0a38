import { useRouter } from '@tanstack/react-router';

import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';
import { type Decided, stoppedWords, workOf } from './model';
import { useDecision } from './useDecision';
import { WorkScreen } from './WorkScreen';

export function WorkPage({ noteId, authorId }: { readonly noteId: string; readonly authorId: string }) {
  const { navigate, history } = useRouter();
  const who = useCall('whoami', {});
  const answer = useCall('quarantine_show', { note_id: noteId, author_id: authorId }, { asksAnew: true });
  const accept = useDecision('quarantine_accept');
  const giveBack = useDecision('quarantine_return');
  const today = who.data?.today ?? '';
  const done = {
    onSuccess: ({ refusal }: Decided) => {
      if (refusal === null) void navigate({ to: '/quarantine', replace: true });
    },
  };
  const stopped = (accept.data && stoppedWords(accept.data, 'accepted')) ?? (giveBack.data && stoppedWords(giveBack.data, 'returned')) ?? null;
  return (
    <Loaded answer={today === '' ? { ...answer, data: undefined } : answer} what="the late work">
      {(view) => {
        const work = workOf(view, today);
        const ruled = (reason: string) => ({ note_id: noteId, author_id: authorId, works: [...work.waiting], reason });
        return (
          <WorkScreen
            work={work}
            refusal={stopped}
            isBusy={accept.isPending || giveBack.isPending}
            onLeave={() => history.back()}
            onAccept={(reason) => {
              giveBack.reset();
              accept.mutate(ruled(reason), done);
            }}
            onReturn={(reason) => {
              accept.reset();
              giveBack.mutate(ruled(reason), done);
            }}
          />
        );
      }}
    </Loaded>
  );
}
