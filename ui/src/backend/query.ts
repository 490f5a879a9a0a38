import { keepPreviousData, type Query, QueryClient, useMutation, type UseMutationResult, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';

import { call, type CallError } from './call';
import { type CallName, type Calls, CALLS, type Tag } from './generated/api';

/** How long an answer that no screen shows any more stays in memory. A lock empties the cache at once. */
const KEPT_MS = 60_000;

/**
 * The cache of what the application answered. An answer is good until its tags are announced as changed, so
 * nothing is asked again by the clock or by the window's focus. Calls are local: they run without a network
 * (`always`), and a refusal is an answer, not a reason to try again.
 */
export function makeQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', staleTime: Number.POSITIVE_INFINITY, gcTime: KEPT_MS, retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false },
      mutations: { networkMode: 'always', retry: false, gcTime: 0 },
    },
  });
  // An editor must know which call an answer came from (`orderOf`), so the answer itself is kept, not a copy.
  client.setQueryDefaults(['note_show'], { structuralSharing: false });
  return client;
}

/** Whether an answer to `name` may have changed when `tags` have. */
function concerns(name: CallName, tags: readonly Tag[]): boolean {
  return CALLS[name].provides.some((tag) => tags.includes(tag));
}

/** Asks again for whatever is on the screen and forgets whatever is not, as far as the tags reach. */
export async function invalidate(client: QueryClient, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return;
  await askAnew(client, ({ queryKey: [name] }) => isCallName(name) && concerns(name, tags));
}

/** Asks again for what `isMeant`. */
export async function askAnew(client: QueryClient, isMeant: (query: Query) => boolean): Promise<void> {
  // An answer under way may be older than the change. Where there was one before, it is given up below; a first one, or one
  // that no screen waits for any more, would be kept as if it were new.
  await client.cancelQueries({ predicate: (query) => isMeant(query) && (query.state.data === undefined || !query.isActive()) });
  await client.invalidateQueries({ predicate: isMeant });
}

/** Takes in what the application said of itself, which is newer than any answer under way. */
export async function takeIn<K extends CallName>(client: QueryClient, name: K, input: Calls[K]['input'], said: Calls[K]['output']): Promise<void> {
  const queryKey = callKey(name, input);
  await client.cancelQueries({ queryKey });
  client.setQueryData(queryKey, said);
}

function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && name in CALLS;
}

interface UseCallOptions {
  /** False while there is nothing to ask yet. */
  readonly enabled?: boolean;
  /** Shows the last answer while the input changes, as a list under a filter does. */
  readonly keepsLast?: boolean;
  /** Asks again when the screen opens, whatever is in the cache. */
  readonly asksAnew?: boolean;
  /** Asks again that often while the screen shows: for what changes by the clock alone. */
  readonly everyMs?: number;
}

/** The key under which the answer of a call is kept. */
export function callKey<K extends CallName>(name: K, input: Calls[K]['input']): readonly [K, Calls[K]['input']] {
  return [name, input];
}

/** What the application answers, kept fresh by its tags. */
export function useCall<K extends CallName>(name: K, input: Calls[K]['input'], options: UseCallOptions = {}): UseQueryResult<Calls[K]['output'], CallError> {
  return useQuery<Calls[K]['output'], CallError>({
    queryKey: callKey(name, input),
    queryFn: () => call(name, input),
    enabled: options.enabled ?? true,
    ...(options.asksAnew === true ? { refetchOnMount: 'always' as const } : {}),
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
    ...(options.keepsLast === true ? { placeholderData: keepPreviousData as never } : {}),
  });
}

/** A call that changes something; afterwards everything it invalidates is asked for again. */
export function useChange<K extends CallName>(name: K): UseMutationResult<Calls[K]['output'], CallError, Calls[K]['input']> {
  const client = useQueryClient();
  return useMutation<Calls[K]['output'], CallError, Calls[K]['input']>({
    mutationKey: [name],
    mutationFn: (input) => call(name, input),
    // Not awaited: the change stands, and its caller need not wait until every list has been drawn anew.
    onSuccess: () => void invalidate(client, CALLS[name].invalidates),
  });
}
