import { Ban, CalendarCheck, ClipboardList, type LucideIcon, UserRoundMinus, UserRoundPlus, UserX } from 'lucide-react';

import type { AppointmentView, ChartView, NoteRow } from '../../backend/generated/api';
import { daysBetween } from '../../shared/format/near';
import type { Tone } from '../../shared/ui/sync';
import { STANDING_LOOK } from '../notes/model';

export interface ChartEvent {
  readonly id: string;
  readonly date: string;
  /** The wall clock, where it matters for the order of a day. */
  readonly time: string;
  readonly title: string;
  readonly detail: string;
  readonly icon: LucideIcon;
  readonly tone: Tone;
  /** Opens with the event, if it has one. */
  readonly noteId: string | null;
}

/** What happened with this client up to today, newest first. An appointment and its note are one event. */
export function chartHistory(view: ChartView, today: string): readonly ChartEvent[] {
  const byId = new Map(view.notes.map((note) => [note.note_id, note]));
  const past = view.appointments.filter((entry) => entry.date <= today && entry.status !== 'booked' && entry.status !== 'busy');
  const told = new Set(past.map((entry) => entry.note_id));
  return [
    ...past.map((entry) => met(entry, entry.note_id === null ? null : (byId.get(entry.note_id) ?? null))),
    ...view.notes.filter((note) => !told.has(note.note_id)).map(wrote),
    ...view.diagnoses.flatMap((diagnosis) => [
      event(`${diagnosis.diagnosis_id}+`, diagnosis.noted_on, `Diagnosis added: ${diagnosis.code}`, diagnosis.description, ClipboardList),
      ...(diagnosis.ended_on === null ? [] : [event(`${diagnosis.diagnosis_id}-`, diagnosis.ended_on, `Diagnosis ended: ${diagnosis.code}`, diagnosis.description, ClipboardList)]),
    ]),
    ...view.assignments.flatMap((assignment) => [
      event(`${assignment.assignment_id}+`, assignment.from, `${assignment.clinician_name} began ${assignment.reason === 'covering' ? 'to cover' : 'treatment'}`, '', UserRoundPlus),
      ...(assignment.is_over ? [event(`${assignment.assignment_id}-`, assignment.ended_on ?? assignment.until ?? assignment.from, `${assignment.clinician_name} left the case`, '', UserRoundMinus)] : []),
    ]),
  ]
    .filter((found) => found.date <= today)
    .toSorted((one, other) => other.date.localeCompare(one.date) || other.time.localeCompare(one.time) || one.id.localeCompare(other.id));
}

function event(id: string, date: string, title: string, detail: string, icon: LucideIcon): ChartEvent {
  return { id, date, time: '', title, detail, icon, tone: 'neutral', noteId: null };
}

function met(entry: AppointmentView, note: NoteRow | null): ChartEvent {
  const about = { id: entry.appointment_id, date: entry.date, time: entry.start, noteId: entry.note_id };
  if (entry.status === 'cancelled') {
    return { ...about, title: `${entry.service}, cancelled`, detail: entry.cancel_reason, icon: Ban, tone: 'neutral' };
  }
  if (entry.status === 'no_show') {
    return { ...about, title: `${entry.service}, did not come`, detail: note === null ? '' : standing(note), icon: UserX, tone: 'ochre' };
  }
  if (note === null) {
    return { ...about, title: entry.service, detail: 'No note yet', icon: CalendarCheck, tone: entry.status === 'completed' ? 'ochre' : 'lake' };
  }
  const look = STANDING_LOOK[note.standing];
  return { ...about, title: `${entry.service}, ${note.title}`, detail: standing(note), icon: look.icon, tone: look.tone };
}

function wrote(note: NoteRow): ChartEvent {
  const look = STANDING_LOOK[note.standing];
  return { id: note.note_id, date: note.service_date ?? '', time: note.start ?? '', title: note.title, detail: standing(note), icon: look.icon, tone: look.tone, noteId: note.note_id };
}

function standing(note: NoteRow): string {
  const addenda = note.open_addenda === 0 ? '' : note.open_addenda === 1 ? ', an addendum to sign' : `, ${note.open_addenda} addenda to sign`;
  return `${STANDING_LOOK[note.standing].word}${addenda}, ${note.author}`;
}

const PLANS: readonly string[] = ['progress', 'intake'];

/** The newest signed note that may hold a plan; its text has to be asked for. */
export function lastPlanned(notes: readonly NoteRow[]): NoteRow | null {
  return notes.find((note) => PLANS.includes(note.note_type) && note.format !== 'narrative' && (note.standing === 'signed' || note.standing === 'awaiting_receipt')) ?? null;
}

/** Where a plan stands in a note: progress notes call it plan, intakes recommendation. */
export const PLAN_SECTIONS: readonly string[] = ['plan', 'recommendation'];

const at = (entry: AppointmentView) => `${entry.date} ${entry.start}`;

/** Appointments still to come, the nearest first, and the ones that have been, the latest first. */
export function parted(appointments: readonly AppointmentView[], today: string): { readonly ahead: readonly AppointmentView[]; readonly behind: readonly AppointmentView[] } {
  const isAhead = (entry: AppointmentView) => entry.date > today || (entry.date === today && (entry.status === 'booked' || entry.status === 'checked_in'));
  return {
    ahead: appointments.filter(isAhead).toSorted((one, other) => at(one).localeCompare(at(other))),
    behind: appointments.filter((entry) => !isAhead(entry)).toSorted((one, other) => at(other).localeCompare(at(one))),
  };
}

/** How far back a session without a note is offered for writing, in days. */
const OFFERED_DAYS = 31;
const OFFERED_MOST = 4;

/** Sessions that still want a note, the latest first: what the pen is most likely reached for. */
export function unwritten(appointments: readonly AppointmentView[], today: string): readonly AppointmentView[] {
  return appointments
    .filter((entry) => entry.note_id === null && entry.date <= today && daysBetween(entry.date, today) <= OFFERED_DAYS && entry.status !== 'cancelled' && entry.status !== 'busy')
    .toSorted((one, other) => other.date.localeCompare(one.date) || other.start.localeCompare(one.start))
    .slice(0, OFFERED_MOST);
}
