import { useState, useSyncExternalStore } from 'react';

import type { SyncState } from '../../shared/ui/sync';
import type { Autosave, Taken } from './Autosave';
import { type Draft, isAtRest, type PartKey } from './saving';

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
  /** `writing` while words stand there that are not complete: none of the six words would be true of them. */
  readonly state: SyncState | 'writing';
  /** When the words were last taken, in words; empty before that. */
  readonly at: string;
  /** Why they were not, in the application's words. */
  readonly problem: string | null;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

/** What may be said of a text when `word` is true of what was taken of it last. */
export function saidOf(draft: Draft, word: SyncState): SaveWords['state'] {
  if (draft.failure !== null) return 'failed';
  return isAtRest(draft) ? word : 'writing';
}

/**
 * The word under the note. It comes from whoever spoke last: the save that was just taken, the note as it was
 * read again, or the sync. A save that failed is said before all of them, and at once.
 */
export function useSaveWords(autosave: Autosave, row: SyncState, synced: SyncState | null): SaveWords {
  const failure = useDraft(autosave, (draft) => draft.failure);
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
  const state = useDraft(autosave, (draft) => saidOf(draft, word));
  return { state, at: taken === null || state === 'writing' || failure !== null ? '' : CLOCK.format(taken.at), problem: failure?.message ?? null };
}
