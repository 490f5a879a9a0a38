import type { ClientRow } from '../../backend/generated/api';
import { dayNear, momentNear } from '../../shared/format/near';
import type { Due } from '../notes/model';

export interface CaseloadRow {
  readonly id: string;
  readonly name: string;
  /** Family name first, for order. */
  readonly sortName: string;
  /** Pronouns, age, chart number: what tells two people of one name apart. */
  readonly tellApart: string;
  readonly status: string;
  readonly isActive: boolean;
  readonly clinicians: string;
  readonly lastSeen: string;
  /** Sorts as text: `2026-11-21`, or empty. */
  readonly lastSeenOrder: string;
  readonly next: string;
  readonly nextOrder: string;
  readonly owed: Due | null;
  readonly sync: ClientRow['sync'];
}

/** Somebody without a next appointment sorts behind everybody with one. */
const NEVER = '9999';

export function caseloadRow(row: ClientRow, today: string): CaseloadRow {
  return {
    id: row.client_id,
    name: row.name,
    sortName: row.sort_name,
    tellApart: tellApart(row),
    status: statusWord(row.status),
    isActive: row.status === 'active',
    clinicians: row.clinicians.join(', '),
    lastSeen: row.last_seen === null ? '' : dayNear(row.last_seen, today),
    lastSeenOrder: row.last_seen ?? '',
    next: row.next === null ? '' : momentNear(row.next, today),
    nextOrder: row.next ?? NEVER,
    owed: owed(row),
    sync: row.sync,
  };
}

export function tellApart(row: ClientRow): string {
  return [row.pronouns, row.age === null ? '' : String(row.age), row.chart_number].filter(Boolean).join(', ');
}

const STATUS: Readonly<Record<string, string>> = { active: 'Active', inactive: 'Inactive', discharged: 'Discharged', merged: 'Merged' };

function statusWord(status: string): string {
  return STATUS[status] ?? status;
}

function owed({ drafts, overdue }: ClientRow): Due | null {
  if (overdue > 0) return { level: 'over', words: overdue === 1 ? '1 overdue' : `${overdue} overdue` };
  if (drafts > 0) return { level: 'soon', words: drafts === 1 ? '1 draft' : `${drafts} drafts` };
  return null;
}
