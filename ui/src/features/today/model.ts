import { clock } from '../../shared/format/civil';
import type { SyncState } from '../../shared/ui/sync';
import type { Due, NoteStanding } from '../notes/model';

export type Phase = 'past' | 'now' | 'next' | 'later' | 'cancelled' | 'missed';

export interface AgendaEntry {
  readonly id: string;
  /** Civil times in the practice's zone, `09:00`. */
  readonly starts: string;
  readonly ends: string;
  /** The client's preferred name, or what else fills the time, `Supervision`. */
  readonly who: string;
  readonly isClient: boolean;
  readonly service: string;
  readonly place: 'Office' | 'Video' | 'Phone' | null;
  readonly phase: Phase;
  readonly standing: NoteStanding | null;
  readonly sync: SyncState;
  /** What to remember before the door opens: a raised risk, a plan review due. */
  readonly remark: string | null;
}

export interface UnsignedNote {
  readonly id: string;
  readonly who: string;
  readonly what: string;
  readonly standing: NoteStanding;
  readonly due: Due;
}

export interface ConflictItem {
  readonly id: string;
  readonly who: string;
  readonly what: string;
  readonly between: string;
}

export interface CoSignItem {
  readonly id: string;
  readonly who: string;
  readonly author: string;
  readonly due: Due;
}

export interface QueueLine {
  readonly state: SyncState;
  readonly count: number;
  readonly words: string;
}

export interface TodayView {
  /** The civil date in the practice's zone. */
  readonly date: string;
  /** The clock in the practice's zone, `10:06`. */
  readonly clock: string;
  readonly agenda: readonly AgendaEntry[];
  readonly unsigned: readonly UnsignedNote[];
  readonly conflicts: readonly ConflictItem[];
  readonly coSign: readonly CoSignItem[];
  readonly queue: readonly QueueLine[];
  readonly lastSync: string;
}

/** The day in one sentence, as a colleague at the door would say it. */
export function daySentence(view: TodayView): string {
  const clients = view.agenda.filter((entry) => entry.isClient && entry.phase !== 'cancelled');
  if (clients.length === 0) return 'No appointments today.';
  const many = `${clients.length} ${clients.length === 1 ? 'appointment' : 'appointments'}`;
  const now = clients.find((entry) => entry.phase === 'now');
  const next = clients.find((entry) => entry.phase === 'next');
  if (now && next) return `${many}. ${now.who} until ${clock(now.ends)}, then ${next.who} at ${clock(next.starts)}.`;
  if (now) return `${many}. ${now.who} until ${clock(now.ends)} is the last.`;
  if (next) return `${many}. Next is ${next.who} at ${clock(next.starts)}, ${inWords(minutesBetween(view.clock, next.starts))}.`;
  return `${many}, all of them behind you.`;
}

/** Minutes from one civil time of a day to a later one. */
export function minutesBetween(from: string, to: string): number {
  return minuteOfDay(to) - minuteOfDay(from);
}

function minuteOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function inWords(minutes: number): string {
  if (minutes < 1) return 'now';
  if (minutes < 60) return `in ${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `in ${Math.floor(minutes / 60)} h` : `in ${Math.floor(minutes / 60)} h ${rest} min`;
}

/** Free time before an entry that is worth showing, in minutes; shorter breaks are just breaks. */
const GAP_WORTH_SHOWING_MIN = 25;

export function gapBefore(agenda: readonly AgendaEntry[], index: number): number | null {
  const entry = agenda[index];
  const before = agenda[index - 1];
  if (!entry || !before) return null;
  const gap = minutesBetween(before.ends, entry.starts);
  return gap >= GAP_WORTH_SHOWING_MIN ? gap : null;
}
