import { useQueries, type UseQueryResult } from '@tanstack/react-query';

import { call, type CallError } from '../../backend/call';
import type { AppointmentView } from '../../backend/generated/api';
import { callKey } from '../../backend/query';

interface Agenda {
  /** Undefined until everybody's is here. The same list as long as nothing in it has changed. */
  readonly data: readonly AppointmentView[] | undefined;
  readonly error: CallError | null;
  readonly refetch: () => void;
}

/** The appointments of several people over some days, in one list. */
export function useAgenda(from: string, to: string, people: readonly string[]): Agenda {
  return useQueries({
    queries: people.map((clinician_id) => {
      const input = { from, to, clinician_id };
      return { queryKey: callKey('agenda', input), queryFn: () => call('agenda', input) };
    }),
    combine: together,
  });
}

// Of the module and not of the render: only then is its answer kept until one of the lists changes.
function together(answers: readonly UseQueryResult<AppointmentView[]>[]): Agenda {
  return {
    data: answers.every((answer) => answer.data !== undefined) ? answers.flatMap((answer) => answer.data ?? []) : undefined,
    error: (answers.find((answer) => answer.error !== null)?.error ?? null) as CallError | null,
    refetch: () => {
      for (const answer of answers) void answer.refetch();
    },
  };
}
