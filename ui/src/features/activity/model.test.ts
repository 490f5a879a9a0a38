import { describe, expect, it } from 'vitest';

import type { JournalEntry, StatusView } from '../../backend/generated/api';
import { activityRow, counted, exported, matches, opensAt, stateOf, whatWords } from './model';

const entry = (outcome: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  // A number on its way here; the generated type says bigint.
  entry: 7 as never,
  at: '2026-11-21T15:06:00Z',
  at_civil: '2026-11-21 10:06',
  name: 'note.patch',
  outcome,
  detail: 'Received by the server.',
  note_id: null,
  client_id: null,
  needs_review: false,
  ...more,
});

const STATUS: StatusView = {
  state: 'waiting',
  is_online: false,
  is_syncing: false,
  outbox: 3,
  oldest_pending: null,
  last_sync: null,
  last_sync_civil: null,
  message: 'The server cannot be reached.',
  notes: {},
  needs_review: 0,
  buckets_ready: 4,
  buckets: 5,
  sign_in_needed: false,
  alarm: false,
};

const waits = (outcome: string, needs_review = true) => activityRow(entry(outcome, { needs_review }), '2026-11-21').isForNotice;

describe('an entry of the journal', () => {
  it('reads as one of the six words', () => {
    expect(stateOf(entry('applied'))).toBe('synced');
    expect(stateOf(entry('noop'))).toBe('synced');
    expect(stateOf(entry('local'))).toBe('saved');
    expect(stateOf(entry('rejected'))).toBe('failed');
    expect(stateOf(entry('quarantined', { needs_review: true }))).toBe('failed');
    expect(stateOf(entry('merged', { needs_review: true }))).toBe('review');
    expect(stateOf(entry('merged'))).toBe('synced');
  });

  it('waits for somebody’s word alone where nothing else settles it', () => {
    expect([waits('rejected'), waits('local'), waits('parked'), waits('local', false)]).toEqual([true, true, false, false]);
  });

  it('leads to where it is seen to', () => {
    expect(opensAt(entry('parked', { note_id: 'n', client_id: 'c' }))).toEqual({ is: 'conflict', id: 'n' });
    expect(opensAt(entry('rejected', { note_id: 'n', client_id: 'c' }))).toEqual({ is: 'note', id: 'n' });
    expect(opensAt(entry('rejected', { client_id: 'c' }))).toEqual({ is: 'chart', id: 'c' });
    expect(opensAt(entry('local'))).toBeNull();
  });

  it('says what was attempted, also where a newer release has named it', () => {
    expect(whatWords('note.sign')).toBe('Note signed');
    expect(whatWords('plan.review_due')).toBe('Plan review due');
    expect(activityRow(entry('applied'), '2026-11-21').when).toMatch(/^Today, 10:06/);
  });

  it('is found by the filters', () => {
    const entries = [entry('applied'), entry('rejected', { needs_review: true }), entry('merged', { needs_review: true }), entry('parked')];
    expect(counted(entries)).toEqual({ all: 4, failed: 1, review: 2, combined: 2 });
    expect(matches(entry('converted'), 'combined')).toBe(true);
  });
});

describe('the log as text', () => {
  it('holds what helps and nobody’s identifier', () => {
    const text = exported([entry('rejected', { note_id: '0193-note', client_id: '0193-client', detail: 'Refused.\nTry again.' })], STATUS);
    expect(text).toContain('7\t2026-11-21 10:06\tnote.patch\trejected\t-\tRefused. Try again.');
    expect(text).toContain('3 changes waiting');
    expect(text).not.toMatch(/0193/);
  });
});
