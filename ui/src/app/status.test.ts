import { describe, expect, it } from 'vitest';

import type { StatusView } from '../backend/generated/api';
import { arriving, offlineNotice, syncSummary } from './status';

const TODAY = '2026-11-21';
const NOW = Date.parse('2026-11-21T15:00:00Z');
const STATUS: StatusView = {
  state: 'synced',
  is_online: true,
  is_syncing: false,
  outbox: 0,
  oldest_pending: null,
  last_sync: '2026-11-21T14:24:00Z',
  last_sync_civil: '2026-11-21 09:24',
  message: null,
  notes: {},
  needs_review: 0,
  buckets_ready: 4,
  buckets: 4,
  sign_in_needed: false,
  alarm: false,
};

describe('the status line', () => {
  it('says when it last heard of the practice while nothing waits', () => {
    expect(syncSummary(STATUS, NOW, TODAY)).toMatchObject({ state: 'synced', count: 0 });
    expect(syncSummary(STATUS, NOW, TODAY).since).toMatch(/^9:24/);
    expect(syncSummary(STATUS, NOW, '2026-11-22').since).toMatch(/^yesterday, 9:24/);
    expect(syncSummary(STATUS, NOW, '2026-11-24').since).toMatch(/21, 9:24/);
    expect(syncSummary({ ...STATUS, last_sync: null, last_sync_civil: null }, NOW, TODAY)).toMatchObject({ state: 'waiting', since: 'for the first time' });
  });

  it('counts what waits and says how long', () => {
    const waiting: StatusView = { ...STATUS, state: 'saved', is_online: false, outbox: 3, oldest_pending: '2026-11-21T14:20:00Z' };
    expect(syncSummary(waiting, NOW, TODAY)).toEqual({ state: 'saved', count: 3, since: 'oldest 40 min', isOnline: false });
    expect(syncSummary({ ...waiting, state: 'review', needs_review: 2 }, NOW, TODAY).count).toBe(2);
  });
});

describe('the offline strip', () => {
  const offline: StatusView = { ...STATUS, is_online: false, outbox: 2, oldest_pending: '2026-11-20T14:00:00Z' };

  it('stands while there is no connection, and gets louder after a day', () => {
    expect(offlineNotice(offline, NOW)).toEqual({ words: ' — 2 changes on this device, oldest 1 day. ', level: 'long' });
    const idle = { ...offline, oldest_pending: null, outbox: 0 };
    expect(offlineNotice(idle, NOW)).toEqual({ words: '. What is here is 36 min old. ', level: 'short' });
    expect(offlineNotice(idle, NOW + 2 * 86_400_000)).toEqual({ words: '. What is here is 2 days old. ', level: 'long' });
    expect(offlineNotice({ ...idle, last_sync: null }, NOW)?.words).toBe('. ');
  });

  it('is not drawn online, during a try, or over the question for the password', () => {
    expect(offlineNotice(STATUS, NOW)).toBeNull();
    expect(offlineNotice({ ...offline, is_syncing: true }, NOW)).toBeNull();
    expect(offlineNotice({ ...offline, sign_in_needed: true }, NOW)).toBeNull();
  });
});

describe('what is on its way', () => {
  it('is said until all of it is here', () => {
    expect(arriving(STATUS)).toBeNull();
    expect(arriving({ ...STATUS, buckets_ready: 1 })).toBe('1 of 4 parts of your caseload are here');
  });
});
