import type { ClientRow } from './generated/api';

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
