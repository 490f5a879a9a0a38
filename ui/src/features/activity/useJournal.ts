import { type QueryClient, useMutation, type UseMutationResult, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';

import { call, type CallError } from '../../backend/call';
import type { JournalEntry } from '../../backend/generated/api';

/** The journal from its newest entry down to where somebody has looked. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  /** Nothing is kept from before the last of the entries. */
  readonly isWhole: boolean;
}

/** Whether a search has found what it looks for, and need not go further back. */
export type IsEnough = (entries: readonly JournalEntry[]) => boolean;

const FIRST = 200;
/** As many as the application gives at a time: the bound of `journal` in `crates/app/src/journal.rs`. A shorter page is taken for the last. */
export const PAGE = 1_000;
/** Pages that one press may look through. Whoever wants to look further presses again; the window never searches for long. */
export const PAGES_AT_ONCE = 10;

/** Begins with the call's name, so that its tags reach it. */
const KEY = ['journal', 'so far'] as const;

const soFar = (client: QueryClient) => client.getQueryData<Journal>(KEY);

const earlierThan = (entry: JournalEntry | undefined, limit: number) => call('journal', entry === undefined ? { limit } : { before: entry.entry, limit });

/**
 * The newest entries, down to the one that was shown last. What somebody has looked back for stays where it is however
 * much comes in above it.
 */
async function read(client: QueryClient, signal: AbortSignal): Promise<Journal> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const limit = soFar(client) === undefined ? FIRST : PAGE;
    const page = await earlierThan(entries.at(-1), limit);
    signal.throwIfAborted();
    entries.push(...page);
    const isEnd = page.length < limit;
    // Asked for after every page: somebody may have looked further back meanwhile.
    const before = soFar(client);
    const last = before?.entries.at(-1);
    if (before === undefined || last === undefined) return { entries, isWhole: isEnd };
    const shown = entries.filter(({ entry }) => entry >= last.entry);
    const isCut = shown.length < entries.length;
    if (isEnd || isCut || shown.at(-1)?.entry === last.entry) return { entries: shown, isWhole: before.isWhole || (isEnd && !isCut) };
  }
}

/** Adds earlier entries, page by page, until it is enough, the beginning is reached or one press has looked far enough. */
async function lookBack(client: QueryClient, isEnough: IsEnough): Promise<void> {
  for (let page = 0; page < PAGES_AT_ONCE; page += 1) {
    const before = soFar(client);
    if (before === undefined || before.isWhole || isEnough(before.entries)) return;
    const last = before.entries.at(-1);
    const earlier = await earlierThan(last, PAGE);
    // After a lock nothing of it is kept, and a list that was read anew may end elsewhere.
    client.setQueryData<Journal>(KEY, (now) =>
      now === undefined || now.entries.at(-1)?.entry !== last?.entry ? now : { entries: [...now.entries, ...earlier], isWhole: earlier.length < PAGE },
    );
  }
}

interface JournalUse {
  readonly journal: UseQueryResult<Journal, CallError>;
  readonly looking: UseMutationResult<void, CallError, IsEnough>;
}

/** The journal, kept fresh by its tags, and the way to its earlier entries. */
export function useJournal(): JournalUse {
  const client = useQueryClient();
  return {
    journal: useQuery<Journal, CallError>({ queryKey: KEY, queryFn: ({ signal }) => read(client, signal), refetchOnMount: 'always' }),
    looking: useMutation<void, CallError, IsEnough>({ mutationFn: (isEnough) => lookBack(client, isEnough) }),
  };
}
