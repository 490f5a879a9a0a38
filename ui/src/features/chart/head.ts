import type { ChartView } from '../../backend/generated/api';
import { dayShort } from '../../shared/format/civil';
import { momentNear, momentWithin } from '../../shared/format/near';
import type { Tone } from '../../shared/ui/sync';

interface ChartAlert {
  readonly id: string;
  readonly words: string;
  readonly tone: Tone;
  /** Where it can be seen to. */
  readonly tab: ChartTab;
  readonly noteId?: string;
}

export interface ChartHead {
  readonly name: string;
  /** Legal name, pronouns, age and date of birth, chart number. */
  readonly facts: readonly string[];
  readonly alerts: readonly ChartAlert[];
  readonly status: string;
  /** How fresh the chart is, in words. */
  readonly asOf: string;
  readonly sync: ChartView['client']['sync'];
}

const CHART_TABS = ['overview', 'notes', 'appointments', 'diagnoses', 'details', 'team'] as const;

export type ChartTab = (typeof CHART_TABS)[number];

export function chartTab(word: string | null): ChartTab {
  return CHART_TABS.find((tab) => tab === word) ?? 'overview';
}

const STATUS: Readonly<Record<string, string>> = { inactive: 'Inactive', discharged: 'Discharged', merged: 'Folded into another record' };
const OF_AGE = 18;

export function chartHead(view: ChartView, today: string): ChartHead {
  const { client, facts } = view;
  const legal = `${facts['given_name'] ?? ''} ${facts['family_name'] ?? ''}`.trim();
  const born = client.birth_date === null ? null : `born ${dayShort(client.birth_date)}`;
  const age = client.age === null ? null : String(client.age);
  return {
    name: client.name === '' ? 'Without a name' : client.name,
    facts: [legal === '' || legal === client.name ? '' : `on paper ${legal}`, client.pronouns, [age, born].filter((part) => part !== null).join(', '), client.chart_number].filter((fact) => fact !== ''),
    alerts: alerts(view),
    status: STATUS[client.status] ?? '',
    asOf: view.as_of === null ? 'Never heard from the practice' : `As of ${momentWithin(view.as_of, today)}`,
    sync: client.sync,
  };
}

/** What must not be missed, the gravest first. What is in order is not said. */
function alerts({ client, contacts, notes, replaced }: ChartView): readonly ChartAlert[] {
  const found: ChartAlert[] = [];
  const review = notes.filter((note) => note.is_mine && note.standing === 'conflict');
  if (review.length > 0) found.push({ id: 'review', words: review.length === 1 ? 'A note needs your review' : `${review.length} notes need your review`, tone: 'plum', tab: 'notes', ...at(review[0]) });
  // The one that has waited longest.
  const overdue = notes.findLast((note) => note.is_mine && note.due_hours !== null && Number(note.due_hours) < 0);
  if (client.overdue > 0) found.push({ id: 'overdue', words: client.overdue === 1 ? '1 note overdue' : `${client.overdue} notes overdue`, tone: 'brick', tab: 'notes', ...at(overdue) });
  if (client.age !== null && client.age < OF_AGE && !contacts.some((contact) => contact.guardian)) {
    found.push({ id: 'guardian', words: 'A minor without a guardian on record', tone: 'ochre', tab: 'details' });
  }
  const unseen = unseenNow(replaced).length;
  if (unseen > 0) found.push({ id: 'replaced', words: unseen === 1 ? '1 detail changed twice' : `${unseen} details changed twice`, tone: 'ochre', tab: 'details' });
  return found;
}

const at = (note: ChartView['notes'][number] | undefined) => (note === undefined ? {} : { noteId: note.note_id });

/** Of each fact, only the newest unseen replacement: what was replaced before that has been looked at since. */
export function unseenNow(replaced: ChartView['replaced']): ChartView['replaced'] {
  const newest = new Map<string, ChartView['replaced'][number]>();
  for (const fact of replaced) {
    const known = newest.get(fact.field);
    if (known === undefined || known.at < fact.at) newest.set(fact.field, fact);
  }
  return replaced.filter((fact) => fact.unseen && newest.get(fact.field) === fact);
}

/** How much of the clinical part this device holds, as far as a reader must know it. */
export function clinicalGap(clinical: string): { readonly level: 'none' | 'some'; readonly words: string } | null {
  switch (clinical) {
    case 'ready':
    case 'local':
      return null;
    case 'not_held':
      return { level: 'none', words: 'Notes and diagnoses are not on this device: your access does not include them.' };
    case 'purging':
      return { level: 'none', words: 'You no longer have access to the clinical part. It leaves this device once everything that you wrote has been sent.' };
    case 'repair':
      return { level: 'some', words: 'The clinical part is being compared with the practice’s. Until that is done, something may be missing here.' };
    default:
      return { level: 'some', words: 'The clinical part is not wholly here yet. It comes with the next sync; until then notes may be missing.' };
  }
}

const reach = (contact: ChartView['contacts'][number]) => [contact.name, contact.relationship, contact.phone].filter(Boolean).join(', ');

/** The few facts that are looked for first; what is missing of them is said, because somebody will look. */
export function atAGlance(view: ChartView, today: string): readonly { readonly key: string; readonly value: string }[] {
  const { client, contacts, insurance, assignments } = view;
  const emergency = contacts.filter((contact) => contact.emergency);
  const guardians = contacts.filter((contact) => contact.guardian);
  const seen = view.appointments.filter((entry) => entry.status === 'completed');
  const first = seen.at(-1);
  return [
    { key: 'Next appointment', value: client.next === null ? 'None booked' : momentNear(client.next, today) },
    { key: 'Seen', value: first === undefined ? 'Not yet' : `${seen.length.toLocaleString()} ${seen.length === 1 ? 'time, on' : 'times since'} ${dayShort(first.date)}` },
    { key: 'On the case', value: assignments.filter((assignment) => !assignment.is_over).map((assignment) => assignment.clinician_name).join(', ') || 'Nobody' },
    { key: 'In an emergency', value: emergency.map(reach).join('; ') || 'Nobody recorded' },
    ...(guardians.length === 0 ? [] : [{ key: 'Guardian', value: guardians.map(reach).join('; ') }]),
    { key: 'Phone', value: view.facts['phone'] ?? 'Not recorded' },
    { key: 'Insurance', value: insurance.toSorted((one, other) => one.rank - other.rank)[0]?.payer ?? 'Not recorded' },
    ...(view.facts['referral_note'] === undefined ? [] : [{ key: 'Came for', value: view.facts['referral_note'] }]),
  ];
}
