import { call, CallError, lastOrder } from '../../backend/call';
import type { PassageChoice } from '../../backend/generated/api';
import { Autosave, autosaveOf } from './Autosave';
import { fieldPart, NOTE_PACE, type Pace } from './saving';

/** The first choice at once, what is typed as often as in a note: the same half second is promised for it. */
const PACE: Pace = { everyMs: NOTE_PACE.everyMs, pauseMs: 400 };

const CHOICES = fieldPart('choices');

type PassageChoices = Readonly<Record<string, PassageChoice>>;

/** The saving of what is chosen between two texts: like words, it is tried again, and completed before a lock or the end. */
export interface ChoicesSaving {
  /** What was chosen so far; `kept` is what the application gave in call number `asked`. */
  readonly begin: (kept: PassageChoices, asked: number) => PassageChoices;
  readonly keep: (choices: PassageChoices) => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** Why the last choices are not saved, in the application's words. */
  readonly problem: () => string | null;
}

export function choicesSaving(noteId: string, branchId: string): ChoicesSaving {
  const autosave = autosaveOf(`choices:${branchId}`, () => makeAutosave(noteId, branchId));
  return {
    begin: (kept, asked) => {
      autosave.load({ [CHOICES]: JSON.stringify(kept) }, asked);
      return JSON.parse(autosave.current().parts[CHOICES]?.now ?? '{}') as PassageChoices;
    },
    keep: (choices) => autosave.edit(CHOICES, JSON.stringify(choices)),
    subscribe: autosave.subscribe,
    problem: () => autosave.current().failure?.message ?? null,
  };
}

function makeAutosave(noteId: string, branchId: string): Autosave {
  return new Autosave({
    pace: PACE,
    order: lastOrder,
    now: () => Date.now(),
    onTaken: () => undefined,
    send: async ({ edits }) => {
      const choices = JSON.parse(edits[CHOICES]?.to ?? '{}') as { [key: string]: PassageChoice };
      try {
        await call('note_choices', { note_id: noteId, branch_id: branchId, choices });
      } catch (error: unknown) {
        // Settled meanwhile, here or elsewhere: there is nothing left to choose, and nothing to keep trying for.
        if (!(error instanceof CallError) || error.code !== 'not_found') throw error;
      }
      return { id: branchId, outcome: 'applied', provisional: false, sync: 'saved' };
    },
  });
}
