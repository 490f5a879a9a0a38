import { useState, useSyncExternalStore } from 'react';

import type { SyncState } from '../../shared/ui/sync';
import type { Autosave, Taken } from './Autosave';
import { type Draft, hasUnsaved, type PartKey } from './saving';

/**
 * Something of what the editor knows of its text, drawn anew when it changes. `look` gives a value that is compared
 * by identity: each key then draws the section it fell into, and not the whole screen.
 */
export function useDraft<Seen>(autosave: Autosave, look: (draft: Draft) => Seen): Seen {
  return useSyncExternalStore(autosave.subscribe, () => look(autosave.current()));
}

/** What stands on the screen of one part: `text` until something was typed. */
export function usePart(autosave: Autosave, part: PartKey, text: string): string {
  return useDraft(autosave, (draft) => draft.parts[part]?.now) ?? text;
}

export interface SaveWords {
  readonly state: SyncState;
  /** When the words were last taken, in words; empty before that. */
  readonly at: string;
  /** Why they were not, in the application's words. */
  readonly problem: string | null;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

/**
 * The word under the note. It comes from whoever spoke last: the save that was just taken, the note as it was
 * read again, or the sync. A save that failed is said before all of them, and at once.
 */
export function useSaveWords(autosave: Autosave, row: SyncState, synced: SyncState | null): SaveWords {
  const failure = useDraft(autosave, (draft) => draft.failure);
  const isAhead = useDraft(autosave, hasUnsaved);
  const taken = useSyncExternalStore(autosave.subscribe, autosave.lastTaken);
  const [heard, setHeard] = useState<{ readonly row: SyncState; readonly synced: SyncState | null; readonly taken: Taken | null; readonly word: SyncState }>({
    row,
    synced,
    taken,
    word: taken?.change.sync ?? row,
  });
  let { word } = heard;
  if (heard.taken !== taken || heard.row !== row || heard.synced !== synced) {
    if (heard.taken !== taken && taken !== null) word = taken.change.sync;
    else if (heard.row !== row) word = row;
    else if (synced !== null) word = synced;
    setHeard({ row, synced, taken, word });
  }
  if (failure !== null) return { state: 'failed', at: '', problem: failure.message };
  // While keys fall faster than they are taken, what was said of the words before them would be too much.
  const state = isAhead && (word === 'synced' || word === 'syncing' || word === 'waiting') ? 'saved' : word;
  return { state, at: taken === null ? '' : CLOCK.format(taken.at), problem: null };
}
