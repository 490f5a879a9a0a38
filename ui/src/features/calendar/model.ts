import { parseDate } from '@internationalized/date';

import type { AppointmentView, Standing, UserRow } from '../../backend/generated/api';
import type { SyncState, Tone } from '../../shared/ui/sync';

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

export type AppointmentStatus = 'booked' | 'checked_in' | 'completed' | 'cancelled' | 'no_show';

export interface CalendarEntry extends Slot {
  readonly id: string;
  readonly who: string;
  readonly service: string;
  readonly kind: 'appointment' | 'busy';
  readonly status: AppointmentStatus;
  readonly clinicianId: string;
  /** Named where several people's time is shown. */
  readonly clinician: string;
  readonly modality: string;
  /** Where its note stands; `none` says something only of a session that has been. */
  readonly standing: Standing;
  /** The word of its way to the practice; `synced` is not drawn. */
  readonly sync: SyncState;
  /** May still be refused: it rests on a calendar that this device does not hold. */
  readonly isTentative: boolean;
  readonly isMovable: boolean;
}

const STATUSES: readonly AppointmentStatus[] = ['booked', 'checked_in', 'completed', 'cancelled', 'no_show'];

export function entryOf(view: AppointmentView, maySchedule: boolean): CalendarEntry {
  const kind = view.status === 'busy' ? 'busy' : 'appointment';
  const status = STATUSES.find((known) => known === view.status) ?? 'booked';
  return {
    id: view.appointment_id,
    date: view.date,
    start: minutesOf(view.start),
    end: Math.max(minutesOf(view.start) + 1, minutesOf(view.end)),
    who: kind === 'busy' ? 'Busy' : view.client_name,
    service: view.service,
    kind,
    status,
    clinicianId: view.clinician_id,
    clinician: view.clinician_name,
    modality: view.modality,
    standing: view.standing,
    sync: view.sync,
    isTentative: view.tentative,
    isMovable: maySchedule && kind === 'appointment' && status === 'booked',
  };
}

/** What may follow, for offering it. The application decides; this only spares people what it would refuse. */
export const NEXT_STATUS: Readonly<Record<AppointmentStatus, readonly AppointmentStatus[]>> = {
  booked: ['checked_in', 'completed', 'no_show'],
  checked_in: ['completed', 'no_show', 'booked'],
  completed: ['booked'],
  no_show: ['checked_in', 'booked'],
  cancelled: [],
};

/** The steps that take `to` back to `from`; one step may have to lead over *booked*. */
export function wayBack(from: AppointmentStatus, to: AppointmentStatus): readonly AppointmentStatus[] {
  if (NEXT_STATUS[to].includes(from)) return [from];
  return NEXT_STATUS[to].includes('booked') && NEXT_STATUS.booked.includes(from) ? ['booked', from] : [];
}

/** What is drawn side by side: a day of one person, or of whoever is shown. */
export interface CalendarColumn {
  readonly id: string;
  readonly date: string;
  /** Absent where a column holds everybody's entries of its day. */
  readonly clinicianId?: string;
  readonly name?: string;
}

/** A week has a column per day; a day has one per person as soon as there are two. */
export function columnsOf(dates: readonly string[], people: readonly UserRow[]): readonly CalendarColumn[] {
  const [date] = dates;
  if (dates.length === 1 && date !== undefined && people.length > 1) {
    return people.map((person) => ({ id: person.user_id, date, clinicianId: person.user_id, name: person.display_name }));
  }
  return dates.map((day) => ({ id: day, date: day }));
}

export function belongs(entry: CalendarEntry, column: CalendarColumn): boolean {
  return entry.date === column.date && (column.clinicianId === undefined || column.clinicianId === entry.clinicianId);
}

/** The practice's wall clock some time after it was read; the date goes on with it. */
export function clockAfter(today: string, clock: string, elapsedMs: number): { readonly date: string; readonly minutes: number } {
  const minutes = minutesOf(clock) + Math.floor(Math.max(0, elapsedMs) / 60_000);
  return { date: addDays(today, Math.floor(minutes / DAY_MIN)), minutes: minutes % DAY_MIN };
}

/** A span drawn with the pointer on an empty day, at least one step long; a mere click takes the usual length. */
export function drawn(date: string, from: number, to: number, usual: number): Slot {
  const first = Math.floor(Math.min(from, to) / STEP_MIN) * STEP_MIN;
  const last = Math.ceil(Math.max(from, to) / STEP_MIN) * STEP_MIN;
  const length = Math.abs(to - from) < STEP_MIN / 2 ? usual : Math.max(STEP_MIN, last - first);
  const start = Math.min(Math.max(0, first), DAY_MIN - length);
  return { date, start, end: start + length };
}

export interface Placed {
  readonly entry: CalendarEntry;
  /** Lane from the left, and how many lanes its cluster needs. */
  readonly lane: number;
  readonly lanes: number;
}

/** The length that is offered first: the hour of most therapies. */
export const USUAL_MIN = 50;

/** Appointments begin on quarters of an hour unless they are typed. */
export const STEP_MIN = 15;
const DAY_MIN = 24 * 60;

/** A cancelled appointment leaves its place visible until somebody else has it. */
export function unhidden(entries: readonly CalendarEntry[]): readonly CalendarEntry[] {
  return entries.filter((entry) => entry.status !== 'cancelled' || !entries.some((other) => other.status !== 'cancelled' && other.clinicianId === entry.clinicianId && overlaps(entry, other)));
}

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

const LAST_MINUTE = DAY_MIN - 1;

/** A time that has been entered whole, or nothing; it ends on its own day. */
export function slotOf(date: string | null, start: string | null, minutes: number): Slot | null {
  if (date === null || start === null) return null;
  const from = minutesOf(start);
  return { date, start: from, end: Math.min(LAST_MINUTE, from + minutes) };
}

/** A span as the application takes it. Midnight at the end of a day has no wall clock of that day. */
export function wallClock({ date, start, end }: Slot): { readonly date: string; readonly start: string; readonly end: string } {
  return { date, start: clockWords(start), end: clockWords(Math.min(LAST_MINUTE, end)) };
}
