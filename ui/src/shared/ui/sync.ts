import { CircleAlert, CircleCheck, CircleDot, CloudUpload, GitMerge, type LucideIcon, RefreshCw } from 'lucide-react';

/** The six states of anything a person wrote, on its way to the practice. */
export type SyncState = 'saved' | 'waiting' | 'syncing' | 'synced' | 'failed' | 'review';

export type Tone = 'neutral' | 'lake' | 'moss' | 'ochre' | 'brick' | 'plum';

interface SyncLook {
  readonly word: string;
  readonly icon: LucideIcon;
  readonly tone: Tone;
}

/** One vocabulary, everywhere. `Saved` never stands alone: it would not say where. */
export const SYNC_LOOK: Readonly<Record<SyncState, SyncLook>> = {
  saved: { word: 'Saved on this device', icon: CircleDot, tone: 'neutral' },
  waiting: { word: 'Waiting to sync', icon: CloudUpload, tone: 'neutral' },
  syncing: { word: 'Syncing', icon: RefreshCw, tone: 'lake' },
  synced: { word: 'Synced', icon: CircleCheck, tone: 'moss' },
  failed: { word: 'Failed', icon: CircleAlert, tone: 'brick' },
  review: { word: 'Needs your review', icon: GitMerge, tone: 'plum' },
};
