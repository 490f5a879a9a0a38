import { describe, expect, it } from 'vitest';

import type { AppointmentView, UserRow } from '../../backend/generated/api';
import { addDays, belongs, type CalendarEntry, clockAfter, clockWords, columnsOf, drawn, entryOf, minutesOf, moved, NEXT_STATUS, overlaps, place, snap, unhidden, wayBack, weekOf } from './model';

const entry = (id: string, start: string, end: string): CalendarEntry => ({
  id,
  date: '2026-11-21',
  start: minutesOf(start),
  end: minutesOf(end),
  who: id,
  service: '',
  kind: 'appointment',
  status: 'booked',
  clinicianId: 'u1',
  clinician: '',
  modality: 'in_person',
  standing: 'none',
  sync: 'synced',
  isTentative: false,
  isMovable: true,
});

const view = (more: Partial<AppointmentView> = {}): AppointmentView => ({
  appointment_id: 'a',
  client_id: 'c',
  client_name: 'Teo Quill',
  clinician_id: 'u1',
  clinician_name: 'A. Reyes',
  date: '2026-11-01',
  start: '01:30',
  end: '02:20',
  zone: 'America/New_York',
  service: 'Individual therapy',
  modality: 'video',
  place: '',
  video_link: '',
  status: 'booked',
  cancel_reason: '',
  note_id: null,
  standing: 'none',
  sync: 'synced',
  tentative: false,
  ...more,
});

const person = (user_id: string): UserRow => ({ user_id, display_name: user_id, credential: '', roles: ['clinician'] });

describe('placing a day', () => {
  it('gives neighbours the full width', () => {
    expect(place([entry('a', '09:00', '09:50'), entry('b', '09:50', '10:40')]).map((placed) => placed.lanes)).toEqual([1, 1]);
  });

  it('puts overlapping entries beside each other and reuses a lane that is free again', () => {
    const placed = place([entry('a', '09:00', '11:00'), entry('b', '09:30', '10:00'), entry('c', '10:00', '10:30')]);
    expect(placed.map(({ entry: { id }, lane, lanes }) => [id, lane, lanes])).toEqual([
      ['a', 0, 2],
      ['b', 1, 2],
      ['c', 1, 2],
    ]);
  });

  it('never draws one entry over another', () => {
    const day = Array.from({ length: 40 }, (_, index) => ({ ...entry(`e${index}`, '08:00', '09:00'), start: (index * 37) % 600, end: ((index * 37) % 600) + 20 + ((index * 53) % 90) }));
    const placed = place(day);
    for (const one of placed) {
      for (const other of placed) {
        if (one !== other && overlaps(one.entry, other.entry)) expect(one.lane).not.toBe(other.lane);
      }
    }
    expect(placed).toHaveLength(day.length);
  });
});

describe('a cancelled appointment', () => {
  it('stays visible until its time is given to somebody else', () => {
    const cancelled = { ...entry('a', '09:00', '09:50'), status: 'cancelled' as const };
    expect(unhidden([cancelled, entry('b', '10:00', '10:50')])).toHaveLength(2);
    expect(unhidden([cancelled, entry('b', '09:30', '10:20')]).map((shown) => shown.id)).toEqual(['b']);
    expect(unhidden([cancelled, { ...entry('b', '09:30', '10:20'), clinicianId: 'u2' }])).toHaveLength(2);
    expect(unhidden([cancelled, { ...cancelled, id: 'c' }])).toHaveLength(2);
  });
});

describe('moving', () => {
  it('keeps the length and stays within the day', () => {
    expect(moved(entry('a', '09:00', '09:50'), 30, 1)).toEqual({ date: '2026-11-22', start: 570, end: 620 });
    expect(moved(entry('a', '23:00', '23:50'), 60, 0)).toEqual({ date: '2026-11-21', start: 1390, end: 1440 });
    expect(moved(entry('a', '00:15', '01:00'), -60, 0).start).toBe(0);
  });

  it('crosses months, leap days and both clock changes by the calendar alone', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-03-08', 1)).toBe('2026-03-09');
    expect(addDays('2026-11-01', 1)).toBe('2026-11-02');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  });

  it('snaps to quarters', () => {
    expect([snap(7), snap(8), snap(52), snap(53)]).toEqual([0, 15, 45, 60]);
  });
});

describe('weeks and clocks', () => {
  it('begins on Monday, on Sundays too', () => {
    expect(weekOf('2026-11-22')[0]).toBe('2026-11-16');
    expect(weekOf('2026-11-16')[6]).toBe('2026-11-22');
  });

  it('writes minutes as a wall clock', () => {
    expect(clockWords(minutesOf('08:05'))).toBe('08:05');
  });
});

describe('reading the agenda', () => {
  it('takes the wall clock as it is written, in the night that has an hour twice too', () => {
    const zone = process.env['TZ'];
    for (const place of ['America/New_York', 'Asia/Kathmandu', 'Etc/GMT+12']) {
      process.env['TZ'] = place;
      expect(entryOf(view(), true)).toMatchObject({ date: '2026-11-01', start: 90, end: 140 });
    }
    process.env['TZ'] = zone;
  });

  it('lets only a booked appointment be moved, and only by who may', () => {
    expect(entryOf(view(), true).isMovable).toBe(true);
    expect(entryOf(view(), false).isMovable).toBe(false);
    for (const status of ['checked_in', 'completed', 'cancelled', 'no_show', 'busy']) expect(entryOf(view({ status }), true).isMovable).toBe(false);
  });

  it('knows nothing of whom a busy block is about', () => {
    expect(entryOf(view({ status: 'busy', client_name: '' }), true)).toMatchObject({ who: 'Busy', kind: 'busy' });
  });
});

describe('columns', () => {
  it('are days, and people as soon as one day is shown of several', () => {
    expect(columnsOf(['2026-11-21'], [person('u1')]).map((column) => column.id)).toEqual(['2026-11-21']);
    expect(columnsOf(['2026-11-21'], [person('u1'), person('u2')]).map((column) => column.id)).toEqual(['u1', 'u2']);
    expect(columnsOf(weekOf('2026-11-21'), [person('u1'), person('u2')])).toHaveLength(7);
  });

  it('hold their own', () => {
    const mine = entryOf(view(), true);
    const [week] = columnsOf(['2026-11-01', '2026-11-02'], [person('u1')]);
    const [one, other] = columnsOf(['2026-11-01'], [person('u1'), person('u2')]);
    expect([week, one, other].map((column) => column !== undefined && belongs(mine, column))).toEqual([true, true, false]);
  });
});

describe('the clock', () => {
  it('goes on over midnight and over the end of a year', () => {
    expect(clockAfter('2026-12-31', '23:58', 5 * 60_000)).toEqual({ date: '2027-01-01', minutes: 3 });
    expect(clockAfter('2026-11-21', '10:06', 59_000)).toEqual({ date: '2026-11-21', minutes: 606 });
    expect(clockAfter('2026-11-21', '10:06', -5)).toEqual({ date: '2026-11-21', minutes: 606 });
  });
});

describe('drawing a span', () => {
  it('takes the usual length for a click, and what was drawn otherwise, in either direction', () => {
    expect(drawn('2026-11-21', 608, 608, 50)).toEqual({ date: '2026-11-21', start: 600, end: 650 });
    expect(drawn('2026-11-21', 605, 652, 50)).toEqual({ date: '2026-11-21', start: 600, end: 660 });
    expect(drawn('2026-11-21', 652, 605, 50)).toEqual({ date: '2026-11-21', start: 600, end: 660 });
    expect(drawn('2026-11-21', 1438, 1438, 50)).toEqual({ date: '2026-11-21', start: 1390, end: 1440 });
  });
});

describe('a step taken back', () => {
  it('is always possible, over booked where it must be', () => {
    expect(wayBack('booked', 'completed')).toEqual(['booked']);
    expect(wayBack('checked_in', 'completed')).toEqual(['booked', 'checked_in']);
    for (const [from, steps] of Object.entries(NEXT_STATUS)) {
      for (const to of steps) expect(wayBack(from as keyof typeof NEXT_STATUS, to)).not.toEqual([]);
    }
  });
});
