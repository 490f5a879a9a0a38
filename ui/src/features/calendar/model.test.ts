import { describe, expect, it } from 'vitest';

import { addDays, type CalendarEntry, clockWords, minutesOf, moved, overlaps, place, snap, weekOf } from './model';

const entry = (id: string, start: string, end: string): CalendarEntry => ({
  id,
  date: '2026-11-21',
  start: minutesOf(start),
  end: minutesOf(end),
  who: id,
  service: '',
  kind: 'appointment',
  status: 'booked',
  unsettled: null,
  isMovable: true,
});

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
