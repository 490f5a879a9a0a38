/**
 * Civil dates and wall-clock times in the words of the reader's own locale. A civil date has no zone: it is
 * placed at noon UTC and read back in UTC, so that no zone can move it to a neighbouring day.
 */

const noon = (date: string) => new Date(`${date}T12:00:00Z`);

const formats = new Map<string, Intl.DateTimeFormat>();

function format(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' });
  formats.set(key, made);
  return made;
}

/** `Saturday, November 21`. */
export function dayLong(date: string): string {
  return format('dayLong', { weekday: 'long', month: 'long', day: 'numeric' }).format(noon(date));
}

/** `Sat 21`, for the head of a column. */
export function dayColumn(date: string): string {
  const weekday = format('weekday', { weekday: 'short' }).format(noon(date));
  return `${weekday} ${Number(date.slice(8, 10))}`;
}

/** `Nov 21, 2026`. */
export function dayShort(date: string): string {
  return format('dayShort', { month: 'short', day: 'numeric', year: 'numeric' }).format(noon(date));
}

/** `November 21`. */
export function dayOfYear(date: string): string {
  return format('dayOfYear', { month: 'long', day: 'numeric' }).format(noon(date));
}

/** `November 16 – 22, 2026`. */
export function daySpan(from: string, to: string): string {
  return format('daySpan', { month: 'long', day: 'numeric', year: 'numeric' }).formatRange(noon(from), noon(to));
}

/** A wall-clock time, `14:05`, as the locale writes it: `2:05 PM`. */
export function clock(time: string): string {
  return format('clock', { hour: 'numeric', minute: '2-digit' }).format(new Date(`2000-01-01T${time}:00Z`));
}

/** A civil moment of the record, `2026-11-14 12:02`, with its year: `Nov 14, 2026, 12:02 PM`. */
export function moment(civil: string): string {
  const [date = '', time = ''] = civil.split(' ');
  if (!isCivilDate(date)) return civil;
  return time === '' ? dayShort(date) : `${dayShort(date)}, ${clock(time.slice(0, 5))}`;
}

/** A sentence of the application, `The signature of 2026-11-14 12:02 was not accepted`, with its dates as the reader writes them. */
export function withMoments(words: string): string {
  return words.replaceAll(/\b\d{4}-\d{2}-\d{2}\b(?: ([01]\d|2[0-3]):[0-5]\d\b)?/g, moment);
}

/** `America/New_York` as `New York time`. */
export function zoneWords(zone: string): string {
  const place = zone.split('/').at(-1) ?? zone;
  return zone.includes('/') ? `${place.replaceAll('_', ' ')} time` : zone;
}

/** `10:00 – 10:50 AM`. */
export function clockSpan(from: string, to: string): string {
  return format('clock', { hour: 'numeric', minute: '2-digit' }).formatRange(new Date(`2000-01-01T${from}:00Z`), new Date(`2000-01-01T${to}:00Z`));
}

/** Whole years from a civil date to another. */
export function yearsBetween(born: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(born.slice(0, 4));
  return today.slice(5) < born.slice(5) ? years - 1 : years;
}

/** Whether it is a date of the calendar, `2026-02-28` but not `2026-02-30`. */
export function isCivilDate(date: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return false;
  const at = noon(date);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}

/** Whether it is a time of day, `14:05`. */
export function isWallClock(time: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(time);
}

/** An age in words, rounded down: `40 min`, `3 h`, `2 days`. */
export function ageWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  const days = Math.floor(hours / 24);
  return days === 1 ? '1 day' : `${days} days`;
}
