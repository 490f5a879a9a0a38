import type { QueryClient } from '@tanstack/react-query';

import { hear } from './events';
import type { ProfileView } from './generated/api';
import { askAnew, callKey, invalidate, takeIn } from './query';

/** Keeps the cache true to what the application says without being asked. Gives back how to stop. */
export function follow(client: QueryClient): () => void {
  const stops = [
    hear('backend://changed', ({ tags }) => void invalidate(client, tags)),
    hear('backend://status', (status) => void takeIn(client, 'status', { all_notes: false }, status)),
    hear('backend://locked', () => markLocked(client)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The screens go at once; the rest of the profile is asked for again. */
export function markLocked(client: QueryClient): void {
  const key = callKey('profile', {});
  client.setQueryData<ProfileView>(key, (profile) => (profile === undefined ? profile : { ...profile, is_unlocked: false }));
  void askAnew(client, ({ queryKey: [name] }) => name === 'profile');
}

/** Nothing of a record stays in memory while the device is locked. */
export function forgetRecords(client: QueryClient): void {
  client.removeQueries({ predicate: ({ queryKey: [name] }) => name !== 'profile' });
}
