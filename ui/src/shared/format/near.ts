import { parseDate } from '@internationalized/date';

import { clock } from './civil';

/**
 * Civil dates as people say them from where they stand: `Today`, `Tomorrow`, `Nov 24`, and with the year once it
 * is another one. `today` is the practice's, handed in; no clock is read here.
 */
export function dayNear(date: string, today: string): string {
  const days = daysBetween(today, date);
  if (days === 0) return 'Today';
  if (days === 1) return 'Tomorrow';
  if (days === -1) return 'Yesterday';
  return date.slice(0, 4) === today.slice(0, 4) ? thisYear.format(noon(date)) : otherYear.format(noon(date));
}

/** A civil moment, `2026-11-24 10:00`: the date as above, then the wall clock. */
export function momentNear(moment: string, today: string): string {
  const [date = '', time = ''] = moment.split(' ');
  return time === '' ? dayNear(date, today) : `${dayNear(date, today)}, ${clock(time.slice(0, 5))}`;
}

/** The same within a sentence: `as of today, 9:24 AM`. */
export function momentWithin(moment: string, today: string): string {
  return momentNear(moment, today).replace(/^(Today|Tomorrow|Yesterday)/, (day) => day.toLowerCase());
}

/** Whole days from one civil date to another; negative when it lies before. */
export function daysBetween(from: string, to: string): number {
  return parseDate(to).compare(parseDate(from));
}

// Noon in UTC, read back in UTC: no zone can carry it to a neighbouring day.
const noon = (date: string) => new Date(`${date}T12:00:00Z`);
const thisYear = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const otherYear = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', year: 'numeric', timeZone: 'UTC' });
