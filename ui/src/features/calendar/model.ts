import { parseDate } from '@internationalized/date';

import type { Tone } from '../../shared/ui/sync';

export const MODALITY_WORD: Readonly<Record<string, string>> = { in_person: 'In person', video: 'By video', phone: 'By phone' };

/** How an appointment's status reads; a booked one says nothing. */
export const STATUS_LOOK: Readonly<Record<string, { readonly word: string; readonly tone: Tone }>> = {
  booked: { word: 'Booked', tone: 'neutral' },
  checked_in: { word: 'Here', tone: 'lake' },
  completed: { word: 'Done', tone: 'moss' },
  cancelled: { word: 'Cancelled', tone: 'neutral' },
  no_show: { word: 'Did not come', tone: 'ochre' },
};

/** A span of one civil day; minutes count from the wall clock's midnight and are never converted. */
export interface Slot {
  /** `2026-11-21`. */
  readonly date: string;
  readonly start: number;
  readonly end: number;
}

export interface CalendarEntry extends Slot {
  readonly id: string;
  readonly who: string;
  readonly service: string;
  readonly kind: 'appointment' | 'busy';
  readonly status: 'booked' | 'checked_in' | 'completed' | 'cancelled' | 'no_show';
  /** Shown as a mark: changes of this entry that the practice does not have yet, or refused. */
  readonly unsettled: 'waiting' | 'failed' | 'review' | null;
  readonly isMovable: boolean;
}

export interface Placed {
  readonly entry: CalendarEntry;
  /** Lane from the left, and how many lanes its cluster needs. */
  readonly lane: number;
  readonly lanes: number;
}

/** Appointments begin on quarters of an hour unless they are typed. */
export const STEP_MIN = 15;
const DAY_MIN = 24 * 60;

/** Puts entries of one day that share time side by side; each cluster is as wide as its busiest moment. */
export function place(entries: readonly CalendarEntry[]): readonly Placed[] {
  const sorted = entries.toSorted((one, other) => one.start - other.start || other.end - one.end || one.id.localeCompare(other.id));
  const placed: Placed[] = [];
  let cluster: { entry: CalendarEntry; lane: number }[] = [];
  let until = -1;
  const close = () => {
    const lanes = Math.max(0, ...cluster.map((member) => member.lane)) + 1;
    placed.push(...cluster.map(({ entry, lane }) => ({ entry, lane, lanes })));
    cluster = [];
  };
  for (const entry of sorted) {
    if (entry.start >= until) close();
    const taken = new Set(cluster.filter((member) => member.entry.end > entry.start).map((member) => member.lane));
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    cluster.push({ entry, lane });
    until = Math.max(until, entry.end);
  }
  close();
  return placed;
}

/** The same length of time, elsewhere; kept within its day. */
export function moved(slot: Slot, byMinutes: number, byDays: number): Slot {
  const length = slot.end - slot.start;
  const start = Math.min(DAY_MIN - length, Math.max(0, slot.start + byMinutes));
  return { date: addDays(slot.date, byDays), start, end: start + length };
}

export function snap(minutes: number): number {
  return Math.round(minutes / STEP_MIN) * STEP_MIN;
}

export function addDays(date: string, days: number): string {
  return parseDate(date).add({ days }).toString();
}

/** The seven dates of the week, Monday first, that holds the date. */
export function weekOf(date: string): readonly string[] {
  const day = new Date(`${date}T12:00:00Z`).getUTCDay();
  const monday = addDays(date, -((day + 6) % 7));
  return Array.from({ length: 7 }, (_, index) => addDays(monday, index));
}

export function clockWords(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

export function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

export function overlaps(one: Slot, other: Slot): boolean {
  return one.date === other.date && one.start < other.end && other.start < one.end;
}
