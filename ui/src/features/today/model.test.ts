import { describe, expect, it } from 'vitest';

import type { AppointmentView, StatusView, TodayView } from '../../backend/generated/api';
import { dayOf, daySentence, gapBefore } from './model';

const STATUS: StatusView = {
  state: 'synced',
  is_online: true,
  is_syncing: false,
  outbox: 0,
  oldest_pending: null,
  last_sync: null,
  last_sync_civil: '2026-11-21 09:24',
  message: null,
  notes: {},
  needs_review: 0,
  buckets_ready: 1,
  buckets: 1,
  sign_in_needed: false,
  alarm: false,
};

function appointment(id: string, start: string, end: string, more: Partial<AppointmentView> = {}): AppointmentView {
  return {
    appointment_id: id,
    client_id: `c-${id}`,
    client_name: `Client ${id}`,
    clinician_id: 'u1',
    clinician_name: 'Alma Reyes',
    date: '2026-11-21',
    start,
    end,
    zone: 'America/New_York',
    service: 'Individual',
    modality: 'in_person',
    place: '',
    video_link: '',
    status: 'booked',
    cancel_reason: '',
    note_id: null,
    standing: 'none',
    sync: 'synced',
    tentative: false,
    ...more,
  };
}

function day(agenda: AppointmentView[], at = '10:06', more: Partial<TodayView> = {}) {
  return dayOf({ date: '2026-11-21', clock: at, agenda, unsigned: [], unsigned_count: 0, conflicts: [], quarantine: 0, status: STATUS, ...more });
}

describe('the day', () => {
  it('knows what is over, now, next and later by the practice’s own clock', () => {
    const { agenda } = day([
      appointment('a', '09:00', '10:00'),
      appointment('b', '10:00', '10:50'),
      appointment('c', '11:00', '11:50', { status: 'cancelled' }),
      appointment('d', '12:00', '12:50'),
      appointment('e', '13:00', '13:50'),
      appointment('f', '14:00', '14:50', { status: 'no_show' }),
    ]);
    expect(agenda.map((entry) => entry.phase)).toEqual(['past', 'now', 'cancelled', 'next', 'later', 'missed']);
  });

  it('says nothing of a busy block but that it is one', () => {
    const [entry] = day([appointment('a', '09:00', '10:00', { status: 'busy', client_name: '' })]).agenda;
    expect(entry).toMatchObject({ who: 'Busy', isClient: false, standing: null, place: null });
  });

  it('is told in one sentence', () => {
    expect(daySentence(day([]))).toBe('No appointments today.');
    expect(daySentence(day([appointment('a', '08:00', '08:50')]))).toBe('1 appointment, and it is behind you.');
    expect(daySentence(day([appointment('a', '08:00', '08:50'), appointment('b', '09:00', '09:50')]))).toBe('2 appointments, all of them behind you.');
    expect(daySentence(day([appointment('a', '10:40', '11:30'), appointment('b', '12:00', '12:50')]))).toMatch(/^2 appointments\. Next is Client a at 10:40.*in 34 min\.$/);
    expect(daySentence(day([appointment('a', '10:00', '10:50')]))).toMatch(/is the last\.$/);
  });

  it('shows a gap only where it is worth one', () => {
    const { agenda } = day([appointment('a', '09:00', '10:00'), appointment('b', '10:10', '11:00'), appointment('c', '13:00', '13:50')]);
    expect([gapBefore(agenda, 0), gapBefore(agenda, 1), gapBefore(agenda, 2)]).toEqual([null, null, 120]);
  });
});

describe('the line to the practice', () => {
  it('names what waits, what failed, or that nothing does', () => {
    expect(day([]).queue).toEqual([{ state: 'synced', words: 'everything' }]);
    expect(day([], '10:06', { status: { ...STATUS, is_online: false, outbox: 3, notes: { n1: 'failed', n2: 'saved' } } }).queue).toEqual([
      { state: 'saved', words: '3 changes' },
      { state: 'failed', words: '1 note' },
    ]);
  });

  it('says the day where the last sync was not today', () => {
    expect(day([]).lastSync).toMatch(/^9:24/);
    expect(day([], '10:06', { status: { ...STATUS, last_sync_civil: '2026-11-19 17:40' } }).lastSync).toMatch(/19.*5:40/);
  });
});
