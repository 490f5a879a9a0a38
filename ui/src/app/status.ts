import type { StatusView } from '../backend/generated/api';
import { ageWords } from '../shared/format/civil';
import { momentWithin } from '../shared/format/near';
import type { SyncSummary } from '../shared/ui/StatusBar';

export interface OfflineNotice {
  /** What only this device holds and since when, or how old what is here is. */
  readonly words: string;
  /** `long` after a day: the colleagues at the practice have not seen the work for as long, or she theirs. */
  readonly level: 'short' | 'long';
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const ageMs = (since: string | null, now: number) => (since === null ? 0 : Math.max(0, now - Date.parse(since)));

/** Nothing is said while the first try is still on its way. */
export function offlineNotice(status: StatusView, now: number): OfflineNotice | null {
  if (status.is_online || status.is_syncing || status.sign_in_needed) return null;
  const age = ageMs(status.outbox === 0 ? status.last_sync : status.oldest_pending, now);
  const changes = `${status.outbox} ${status.outbox === 1 ? 'change' : 'changes'} on this device, oldest ${ageWords(age)}`;
  const words = status.outbox > 0 ? ` — ${changes}. ` : age < MINUTE_MS ? '. ' : `. What is here is ${ageWords(age)} old. `;
  return { words, level: age >= DAY_MS ? 'long' : 'short' };
}

/** The one line that always says where everything stands; `today` is the practice's. */
export function syncSummary(status: StatusView, now: number, today: string): SyncSummary {
  // A device that has not heard of the practice yet owes nothing, and has nothing either: that is not *Synced*.
  if (status.last_sync_civil === null && status.state === 'synced') return { state: 'waiting', count: 0, since: 'for the first time', isOnline: status.is_online };
  const isPending = status.state === 'saved' || status.state === 'waiting' || status.state === 'syncing';
  const count = status.state === 'review' || status.state === 'failed' ? status.needs_review : isPending ? status.outbox : 0;
  const synced = status.last_sync_civil === null ? '' : lastSync(status.last_sync_civil, today);
  const since = isPending && status.oldest_pending !== null ? `oldest ${ageWords(ageMs(status.oldest_pending, now))}` : synced;
  return { state: status.state, count, since, isOnline: status.is_online };
}

/** `2026-11-21 10:06` as `10:06 AM`, and on another day as `yesterday, 10:06 AM`. */
function lastSync(civil: string, today: string): string {
  return momentWithin(civil, today).replace(/^today, /, '');
}

/** What is still on its way to this device after it was set up, or `null` when everything is here. */
export function arriving(status: StatusView): string | null {
  return status.buckets_ready >= status.buckets ? null : `${status.buckets_ready} of ${status.buckets} parts of your caseload are here`;
}
