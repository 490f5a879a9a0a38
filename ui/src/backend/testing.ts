import { vi } from 'vitest';

import type { ClientRow } from './generated/api';

/** How long a test waits for what comes about by itself, ms: a machine that builds and tests beside is slow, and a test that waits longer than it has to loses nothing. */
const PATIENCE = 30_000;

/** Waits until what is asserted holds. */
export const eventually = (assertion: () => void): Promise<void> => vi.waitFor(assertion, { timeout: PATIENCE });

/** A client's row for a test, which says what it is about. */
export const clientRow = (about: Partial<ClientRow> & Pick<ClientRow, 'name' | 'chart_number'>): ClientRow => ({
  client_id: about.chart_number,
  sort_name: about.name.split(' ').toReversed().join(' '),
  find: about.name.toLowerCase(),
  pronouns: '',
  birth_date: null,
  age: null,
  status: 'active',
  clinicians: [],
  last_seen: null,
  next: null,
  drafts: 0,
  overdue: 0,
  sync: 'synced',
  ...about,
});
