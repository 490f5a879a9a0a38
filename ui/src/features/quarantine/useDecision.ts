import { type QueryClient, useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query';

import { call, CallError } from '../../backend/call';
import { CALLS, type QuarantineRuleInput } from '../../backend/generated/api';
import { invalidate } from '../../backend/query';
import { type Decided, partsOf } from './model';

type Ruling = 'quarantine_accept' | 'quarantine_return';

/**
 * Decides about the pieces in the order in which they were written, part after part: a later piece goes on what an
 * earlier one has laid into the chart. The first refusal ends it; what was decided before stays decided.
 */
async function decide(client: QueryClient, name: Ruling, ruled: QuarantineRuleInput): Promise<Decided> {
  let pieces = 0;
  try {
    for (const part of partsOf(ruled.works)) {
      await call(name, { ...ruled, works: [...part] });
      pieces += part.length;
    }
    return { pieces, of: ruled.works.length, refusal: null };
  } catch (error: unknown) {
    if (!(error instanceof CallError)) throw error;
    return { pieces, of: ruled.works.length, refusal: error.message };
  } finally {
    // Once, and not after every part: each screen that it reaches reads the whole pile anew.
    if (pieces > 0) void invalidate(client, CALLS[name].invalidates);
  }
}

/** The decision about a pile of any size; it gives how far it came. */
export function useDecision(name: Ruling): UseMutationResult<Decided, Error, QuarantineRuleInput> {
  const client = useQueryClient();
  return useMutation<Decided, Error, QuarantineRuleInput>({ mutationKey: [name], mutationFn: (ruled) => decide(client, name, ruled) });
}
