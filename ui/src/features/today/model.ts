import type { AppointmentView, ConflictRow, NoteRow, StatusView, TodayView } from '../../backend/generated/api';
import { clock, dayOfYear } from '../../shared/format/civil';
import type { SyncState } from '../../shared/ui/sync';
import { type Due, dueIn, type NoteStanding } from '../notes/model';

type Phase = 'past' | 'now' | 'next' | 'later' | 'cancelled' | 'missed';

export interface AgendaEntry {
  readonly id: string;
  /** Civil times in the practice's zone, `09:00`. */
  readonly starts: string;
  readonly ends: string;
  /** The client's preferred name, or what else fills the time. */
  readonly who: string;
  readonly isClient: boolean;
  readonly service: string;
  readonly place: 'Office' | 'Video' | 'Phone' | null;
  readonly phase: Phase;
  readonly standing: NoteStanding | null;
  readonly sync: SyncState;
  /** What to know before the door opens. */
  readonly remark: string | null;
  readonly noteId: string | null;
}

interface UnsignedNote {
  readonly id: string;
  readonly who: string;
  readonly what: string;
  readonly standing: NoteStanding;
  readonly due: Due | null;
}

export interface ReviewItem {
  readonly id: string;
  readonly noteId: string;
  readonly kind: string;
  readonly who: string;
  readonly what: string;
  readonly between: string;
}

interface QueueLine {
  readonly state: SyncState;
  readonly words: string;
}

export interface Day {
  /** The civil date in the practice's zone. */
  readonly date: string;
  /** The clock in the practice's zone, `10:06`. */
  readonly clock: string;
  readonly agenda: readonly AgendaEntry[];
  /** Those that are due first; `unsignedCount` counts all of them. */
  readonly unsigned: readonly UnsignedNote[];
  readonly unsignedCount: number;
  readonly review: readonly ReviewItem[];
  /** Notes with late work that waits for a decision by whoever holds the chart. */
  readonly lateWork: number;
  readonly queue: readonly QueueLine[];
  readonly lastSync: string;
}

/** The day as it is drawn. */
export function dayOf(view: TodayView): Day {
  const next = view.agenda.find((entry) => isAhead(entry) && entry.start > view.clock)?.appointment_id ?? null;
  return {
    date: view.date,
    clock: view.clock,
    agenda: view.agenda.map((entry) => agendaEntry(entry, view.clock, next)),
    unsigned: view.unsigned.map((row) => unsignedNote(row, view.date)),
    unsignedCount: view.unsigned_count,
    review: view.conflicts.map(reviewItem),
    lateWork: view.quarantine,
    queue: queueLines(view.status),
    lastSync: view.status.last_sync_civil === null ? 'not yet' : civilWords(view.status.last_sync_civil, view.date),
  };
}

const isAhead = (entry: AppointmentView) => entry.status === 'booked' || entry.status === 'checked_in';

function phaseOf(entry: AppointmentView, now: string, next: string | null): Phase {
  if (entry.status === 'cancelled') return 'cancelled';
  if (entry.status === 'no_show') return 'missed';
  if (entry.status === 'completed' || entry.end <= now) return 'past';
  if (entry.start <= now) return 'now';
  return entry.appointment_id === next ? 'next' : 'later';
}

const PLACE: Readonly<Record<string, AgendaEntry['place']>> = { in_person: 'Office', video: 'Video', phone: 'Phone' };

function agendaEntry(entry: AppointmentView, now: string, next: string | null): AgendaEntry {
  const isClient = entry.status !== 'busy';
  return {
    id: entry.appointment_id,
    starts: entry.start,
    ends: entry.end,
    who: isClient ? entry.client_name : 'Busy',
    isClient,
    service: entry.service,
    place: isClient ? (PLACE[entry.modality] ?? null) : null,
    phase: phaseOf(entry, now, next),
    standing: isClient ? entry.standing : null,
    sync: entry.sync,
    remark: entry.tentative ? 'Not confirmed by the practice yet' : null,
    noteId: entry.note_id,
  };
}

function unsignedNote(row: NoteRow, today: string): UnsignedNote {
  const day = row.service_date === null ? null : row.service_date === today ? 'today' : dayOfYear(row.service_date);
  const time = row.start === null || row.service_date !== today ? null : clock(row.start);
  const when = [day, time].filter((part) => part !== null).join(' ');
  return { id: row.note_id, who: row.client_name, what: when === '' ? row.title : `${row.title}, ${when}`, standing: row.standing, due: dueIn(row.due_hours) };
}

const ASKS: Readonly<Record<string, string>> = { conflict: 'choose', combined: 'confirm', late_entry: 'late entry' };

/** Beside a name there is room for one; how many wait is what counts. */
function sectionsWords([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

function reviewItem(row: ConflictRow): ReviewItem {
  const day = row.service_date === null ? '' : `, ${dayOfYear(row.service_date)}`;
  return {
    id: `${row.kind}:${row.note_id}`,
    noteId: row.note_id,
    kind: row.kind,
    who: row.client_name,
    what: `${row.title}${day}`,
    between: `${sectionsWords(row.sections)}: ${ASKS[row.kind] ?? row.kind}`,
  };
}

const many = (count: number, one: string) => `${count} ${count === 1 ? one : `${one}s`}`;

/** What stands on its way, in the words of the sync; nothing is said of what is settled. */
function queueLines(status: StatusView): readonly QueueLine[] {
  const lines: QueueLine[] = [];
  if (status.outbox > 0) lines.push({ state: status.is_syncing ? 'syncing' : status.is_online ? 'waiting' : 'saved', words: many(status.outbox, 'change') });
  const failed = Object.values(status.notes).filter((state) => state === 'failed').length;
  if (failed > 0) lines.push({ state: 'failed', words: many(failed, 'note') });
  if (lines.length === 0) lines.push(status.last_sync_civil === null ? { state: 'waiting', words: 'your caseload' } : { state: 'synced', words: 'everything' });
  return lines;
}

/** `2026-11-21 10:06` as `10:06 AM`, with its day where that is not today. */
function civilWords(civil: string, today: string): string {
  const time = clock(civil.slice(11, 16));
  return civil.startsWith(today) ? time : `${dayOfYear(civil.slice(0, 10))}, ${time}`;
}

/** The day in one sentence, as a colleague at the door would say it. */
export function daySentence({ agenda, clock: at }: Pick<Day, 'agenda' | 'clock'>): string {
  const clients = agenda.filter((entry) => entry.isClient && entry.phase !== 'cancelled');
  if (clients.length === 0) return 'No appointments today.';
  const all = many(clients.length, 'appointment');
  const now = clients.find((entry) => entry.phase === 'now');
  const next = clients.find((entry) => entry.phase === 'next');
  if (now && next) return `${all}. ${now.who} until ${clock(now.ends)}, then ${next.who} at ${clock(next.starts)}.`;
  if (now) return `${all}. ${now.who} until ${clock(now.ends)} is the last.`;
  if (next) return `${all}. Next is ${next.who} at ${clock(next.starts)}, ${inWords(minutesBetween(at, next.starts))}.`;
  return clients.length === 1 ? `${all}, and it is behind you.` : `${all}, all of them behind you.`;
}

/** Minutes from one civil time of a day to a later one. */
function minutesBetween(from: string, to: string): number {
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
