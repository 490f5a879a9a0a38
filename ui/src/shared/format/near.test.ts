import { describe, expect, it } from 'vitest';

import { dayNear, daysBetween, momentNear, momentWithin } from './near';

describe('a date from where one stands', () => {
  it('is today, tomorrow or yesterday by the calendar, in every zone of the machine', () => {
    const zone = process.env['TZ'];
    for (const place of ['Pacific/Kiritimati', 'Etc/GMT+12', 'America/New_York']) {
      process.env['TZ'] = place;
      expect([dayNear('2026-11-01', '2026-11-01'), dayNear('2026-11-02', '2026-11-01'), dayNear('2026-10-31', '2026-11-01')]).toEqual(['Today', 'Tomorrow', 'Yesterday']);
    }
    process.env['TZ'] = zone;
  });

  it('names the year only where it is another', () => {
    expect(dayNear('2026-03-08', '2026-11-21')).not.toMatch(/2026/);
    expect(dayNear('2025-03-08', '2026-11-21')).toMatch(/2025/);
  });

  it('counts days over both clock changes and leap days', () => {
    expect(daysBetween('2026-03-07', '2026-03-09')).toBe(2);
    expect(daysBetween('2026-10-31', '2026-11-02')).toBe(2);
    expect(daysBetween('2028-03-01', '2028-02-28')).toBe(-2);
  });

  it('keeps the wall clock of a moment', () => {
    expect(momentNear('2026-11-21 14:05', '2026-11-21')).toMatch(/^Today, 2:05/);
    expect(momentNear('2026-11-21', '2026-11-21')).toBe('Today');
    expect(momentWithin('2026-11-21 14:05', '2026-11-21')).toMatch(/^today, 2:05/);
    expect(momentWithin('2026-11-03 14:05', '2026-11-21')).toMatch(/^Nov 3/);
  });
});
