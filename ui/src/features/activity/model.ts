import type { JournalEntry, StatusView } from '../../backend/generated/api';
import { momentNear } from '../../shared/format/near';
import type { SyncState } from '../../shared/ui/sync';

export type ActivityFilter = 'all' | 'failed' | 'review' | 'combined';

export interface ActivityRow {
  readonly id: string;
  readonly when: string;
  /** Sorts as a number: the newest is the greatest. */
  readonly order: number;
  /** What was attempted, without a client's name. */
  readonly what: string;
  readonly state: SyncState;
  /** What came of it, in a sentence. */
  readonly outcome: string;
  readonly opens: Opens | null;
  /** Waits for nothing but somebody's word that it was seen to: it was refused, or the device itself says it. */
  readonly isForNotice: boolean;
}

/** Where an entry is seen to. */
export type Opens = { readonly is: 'note' | 'conflict' | 'chart'; readonly id: string };

const WHAT: Readonly<Record<string, string>> = {
  'client.create': 'Record begun',
  'client.update': 'Record changed',
  'client.merge': 'Records folded together',
  'caseload.assign': 'Clinician put on a case',
  'caseload.unassign': 'Clinician taken off a case',
  'appointment.book': 'Appointment booked',
  'appointment.reschedule': 'Appointment moved',
  'appointment.cancel': 'Appointment cancelled',
  'appointment.progress': 'Appointment’s status changed',
  'note.create': 'Note begun',
  'note.patch': 'Note’s text changed',
  'note.format': 'Note’s format changed',
  'note.confirm': 'Combined text confirmed',
  'note.resolve': 'Two texts settled',
  'note.sign': 'Note signed',
  'note.void': 'Note marked as entered in error',
  'addendum.write': 'Addendum written',
  'addendum.sign': 'Addendum signed',
  'addendum.dismiss': 'Addendum set aside',
  'diagnosis.add': 'Diagnosis added',
  'diagnosis.end': 'Diagnosis ended',
  'bucket.purge': 'Records left this device',
  'restore.set_aside': 'Records set aside',
  'outbox.copy': 'Second copy could not be read',
  'outbox.copy.more': 'Second copy has what this release cannot read',
  rebuild: 'Device built anew',
  unknown: 'Change of an earlier release',
};

/** Words for what was attempted; an unknown name is still better than none. */
export function whatWords(name: string): string {
  return WHAT[name] ?? name.replaceAll(/[._]/g, ' ').replace(/^./, (letter) => letter.toUpperCase());
}

const REFUSED: readonly string[] = ['rejected', 'quarantined'];
const COMBINED: readonly string[] = ['merged', 'converted', 'parked'];

/** The sync word of an entry. What waits for a person says so whatever came of it otherwise. */
export function stateOf({ outcome, needs_review }: JournalEntry): SyncState {
  if (REFUSED.includes(outcome)) return 'failed';
  if (needs_review) return 'review';
  return outcome === 'local' ? 'saved' : 'synced';
}

export function opensAt({ outcome, note_id, client_id }: JournalEntry): Opens | null {
  if (note_id !== null) return { is: outcome === 'parked' ? 'conflict' : 'note', id: note_id };
  return client_id === null ? null : { is: 'chart', id: client_id };
}

export function activityRow(entry: JournalEntry, today: string): ActivityRow {
  return {
    id: String(entry.entry),
    // Only the rows in sight are asked for it: written for all, ten thousand took a tenth of a second.
    get when() {
      return momentNear(entry.at_civil, today);
    },
    order: Number(entry.entry),
    what: whatWords(entry.name),
    state: stateOf(entry),
    outcome: entry.detail,
    opens: opensAt(entry),
    isForNotice: entry.needs_review && (REFUSED.includes(entry.outcome) || entry.outcome === 'local'),
  };
}

export function matches(entry: JournalEntry, filter: ActivityFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'failed':
      return stateOf(entry) === 'failed';
    case 'review':
      return entry.needs_review;
    case 'combined':
      return COMBINED.includes(entry.outcome);
  }
}

export function counted(entries: readonly JournalEntry[]): Readonly<Record<ActivityFilter, number>> {
  const count = (filter: ActivityFilter) => entries.filter((entry) => matches(entry, filter)).length;
  return { all: entries.length, failed: count('failed'), review: count('review'), combined: count('combined') };
}

/** What the application counts as needing somebody, and which notes do. */
export type Needs = Pick<StatusView, 'needs_review' | 'notes'>;

/** Under these somebody looks for what still needs her, so choosing one looks back for it. */
const SEARCHES: readonly ActivityFilter[] = ['failed', 'review'];

/**
 * How many of the notes and other records that the status counts as needing somebody are among the entries. Entries name
 * only note and client, so several appointments of one client count once: rather too few, and one looks further back,
 * than too many.
 */
function found(entries: readonly JournalEntry[], { notes }: Needs): number {
  const subjects = entries.flatMap(({ needs_review, outcome, note_id, client_id }) => {
    if (!needs_review) return [];
    if (REFUSED.includes(outcome)) return [note_id ?? client_id];
    return note_id !== null && notes[note_id] === 'review' ? [note_id] : [];
  });
  return new Set(subjects.filter((subject) => subject !== null)).size;
}

/** Whether, under this filter, something that needs somebody is missing among the entries. Unknown needs may be anywhere. */
export function isMissing(entries: readonly JournalEntry[], filter: ActivityFilter, needs: Needs | undefined): boolean {
  return SEARCHES.includes(filter) && (needs === undefined || found(entries, needs) < needs.needs_review);
}

/** Where looking back may stop: `more` entries of the filter's kind have come, and nothing that needs somebody is missing. */
export function searchFor(entries: readonly JournalEntry[], filter: ActivityFilter, needs: Needs | undefined, more: 0 | 1): (entries: readonly JournalEntry[]) => boolean {
  const wanted = counted(entries)[filter] + more;
  return (now) => counted(now)[filter] >= wanted && !isMissing(now, filter, needs);
}

/**
 * The log as text for whoever helps. It names nobody: only times, kinds, outcomes and the sentences about them; the
 * identifiers of notes and clients stay here.
 */
export function exported(entries: readonly JournalEntry[], status: StatusView): string {
  const head = [
    'MentalSpace sync log. Times are the practice’s. No client, note or person is named.',
    `state ${status.state}; ${status.is_online ? 'online' : 'offline'}; ${status.outbox} changes waiting; ${status.needs_review} need review; ${status.buckets_ready} of ${status.buckets} parts here; last sync ${status.last_sync_civil ?? 'never'}`,
    ...(status.message === null ? [] : [`last answer: ${status.message}`]),
  ];
  const lines = entries.map((entry) => [String(entry.entry), entry.at_civil, entry.name, entry.outcome, entry.needs_review ? 'needs review' : '-', entry.detail.replaceAll(/\s+/g, ' ')].join('\t'));
  return [...head, '', 'entry\ttime\twhat\toutcome\treview\tdetail', ...lines].join('\n');
}
