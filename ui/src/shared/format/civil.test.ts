import { describe, expect, it } from 'vitest';

import { dayColumn, dayLong, isCivilDate, isWallClock, moment, withMoments, yearsBetween, zoneWords } from './civil';

describe('civil dates', () => {
  it('stay on their day whatever zone the machine is in', () => {
    const zone = process.env['TZ'];
    for (const place of ['Pacific/Kiritimati', 'Etc/GMT+12', 'America/New_York', 'UTC']) {
      process.env['TZ'] = place;
      expect(dayColumn('2026-11-01')).toMatch(/ 1$/);
      expect(dayLong('2026-11-01')).toMatch(/Sunday/);
    }
    process.env['TZ'] = zone;
  });

  it('stand in the record with their year and the wall clock', () => {
    expect(moment('2026-11-14 14:02')).toMatch(/14.*2026.*2:02/);
    expect(moment('2026-11-14')).toMatch(/14.*2026$/);
    expect(withMoments('Office PC, 2026-11-14 14:07')).toMatch(/^Office PC, \D+14, 2026, 2:07.PM$/);
    expect(withMoments('The signature of 2026-11-14 14:02 was not accepted.')).toMatch(/^The signature of \D+14, 2026, 2:02.PM was not accepted\.$/);
    expect(withMoments('Progress note (SOAP), 2026-11-14')).toMatch(/^Progress note \(SOAP\), \D+14, 2026$/);
    expect(withMoments('Room 2026-11-144')).toBe('Room 2026-11-144');
    expect(moment('not known')).toBe('not known');
    expect(['America/New_York', 'America/Indiana/Knox', 'UTC'].map(zoneWords)).toEqual(['New York time', 'Knox time', 'UTC']);
  });

  it('count whole years, the birthday itself included', () => {
    expect(yearsBetween('1985-04-03', '2026-04-02')).toBe(40);
    expect(yearsBetween('1985-04-03', '2026-04-03')).toBe(41);
    expect(yearsBetween('2000-02-29', '2026-02-28')).toBe(25);
  });

  it('are told from what only looks like one', () => {
    expect(isCivilDate('2028-02-29')).toBe(true);
    for (const wrong of ['2026-02-29', '2026-13-01', '2026-1-01', 'soon', '']) expect(isCivilDate(wrong)).toBe(false);
    expect(isWallClock('09:05')).toBe(true);
    for (const wrong of ['24:00', '9:05', '09:60', 'noon', '']) expect(isWallClock(wrong)).toBe(false);
  });
});
