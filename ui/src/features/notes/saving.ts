import type { Code } from '../../backend/generated/api';

/**
 * When and what an editor sends, as pure functions over what it knows; `Autosave` adds the clock and the calls.
 *
 * While somebody types, the application takes the words at most every 250 ms into one patch that it keeps open: of
 * the half second that a power cut may cost, a slow disk has the other half. A pause of two seconds, leaving a
 * section, or Ctrl S closes the patch. Three rules keep words from being lost:
 *
 * 1. `from` of an edit is the text that the application last took from this editor or gave to it, never the text
 *    on the screen: the core merges what came in from elsewhere meanwhile, the screen never does.
 * 2. Text that came in replaces what is on the screen only where nothing unsent stands and no open patch does. An
 *    open patch is rewritten by the next words; had the screen moved on meanwhile, the words before would go.
 * 3. An answer that was asked for before the last words were taken is old, however late it arrives.
 */

/** `section:plan` or `field:risk_level`. */
export type PartKey = `section:${string}` | `field:${string}`;

interface Part {
  /** What the application holds of this part, as far as this editor knows: the `from` of the next edit. */
  readonly saved: string;
  /** What stands on the screen. */
  readonly now: string;
  /** What is on its way. */
  readonly sending: string | null;
  /** Whether the patch that the application keeps open holds words of this part. */
  readonly isOpen: boolean;
  /** The order of calls at which words of this part were last taken. */
  readonly takenAt: number;
}

/** What goes along with the next patch and has no text of its own. */
export interface Marks {
  readonly addDiagnoses: readonly string[];
  readonly removeDiagnoses: readonly string[];
  /** Section to the note that it was pulled forward from. */
  readonly pulledForward: Readonly<Record<string, string>>;
}

interface Failure {
  readonly code: Code;
  readonly message: string;
  readonly tries: number;
  readonly retryAt: number;
  /** True while the device is locked: no try before it is opened again. */
  readonly waitsForUnlock: boolean;
}

export interface Draft {
  readonly parts: Readonly<Partial<Record<PartKey, Part>>>;
  readonly marks: Marks;
  readonly flight: Sending | null;
  /** When something was last typed, and when the last call began. */
  readonly changedAt: number;
  readonly startedAt: number;
  /** Whether what stands is to be completed now, not after the pause. */
  readonly closes: boolean;
  readonly failure: Failure | null;
}

export interface Sending {
  /** `typing` leaves the patch open, `patch` completes it. */
  readonly kind: 'typing' | 'patch';
  readonly edits: Readonly<Partial<Record<PartKey, { readonly from: string; readonly to: string }>>>;
  readonly marks: Marks;
}

export type Step = { readonly do: 'send'; readonly sending: Sending } | { readonly do: 'wait'; readonly until: number } | null;

export interface Pace {
  /** Least time between two calls while somebody types. */
  readonly everyMs: number;
  /** Quiet time after which the words are complete. */
  readonly pauseMs: number;
}

/** One patch grows while somebody types, so a call is one small transaction. */
export const NOTE_PACE: Pace = { everyMs: 250, pauseMs: 2_000 };

/** Waits before the second, third … try of a failed save. */
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

export const NO_MARKS: Marks = { addDiagnoses: [], removeDiagnoses: [], pulledForward: {} };

export const EMPTY_DRAFT: Draft = { parts: {}, marks: NO_MARKS, flight: null, changedAt: 0, startedAt: Number.NEGATIVE_INFINITY, closes: false, failure: null };

export function sectionPart(key: string): PartKey {
  return `section:${key}`;
}

export function fieldPart(key: string): PartKey {
  return `field:${key}`;
}

function entries<Value>(map: Readonly<Partial<Record<PartKey, Value>>>): [PartKey, Value][] {
  return Object.entries(map) as [PartKey, Value][];
}

function hasMarks(marks: Marks): boolean {
  return marks.addDiagnoses.length > 0 || marks.removeDiagnoses.length > 0 || Object.keys(marks.pulledForward).length > 0;
}

function isUnsent(part: Part): boolean {
  return part.now !== part.saved || part.sending !== null;
}

/** Whether everything on the screen has been taken and completed. */
export function isAtRest(draft: Draft): boolean {
  return draft.flight === null && !hasMarks(draft.marks) && entries(draft.parts).every(([, part]) => !isUnsent(part) && !part.isOpen);
}

/** Whether something stands on the screen that the application has not taken. */
export function hasUnsaved(draft: Draft): boolean {
  return draft.flight !== null || hasMarks(draft.marks) || entries(draft.parts).some(([, part]) => isUnsent(part));
}

/** Takes in texts that the application gave when call number `asked` asked for them. */
export function loaded(draft: Draft, texts: Readonly<Partial<Record<PartKey, string>>>, asked: number): Draft {
  const parts: Partial<Record<PartKey, Part>> = { ...draft.parts };
  let moved = false;
  for (const [key, text] of entries(texts)) {
    const part = parts[key];
    if (part === undefined) {
      parts[key] = { saved: text, now: text, sending: null, isOpen: false, takenAt: 0 };
      moved = true;
    } else if (!isUnsent(part) && !part.isOpen && asked > part.takenAt && part.now !== text) {
      parts[key] = { ...part, saved: text, now: text };
      moved = true;
    }
  }
  for (const [key, part] of entries(draft.parts)) {
    if (texts[key] === undefined && !isUnsent(part) && !part.isOpen && asked > part.takenAt) {
      delete parts[key];
      moved = true;
    }
  }
  return moved ? { ...draft, parts } : draft;
}

/** Something was typed or chosen. `isWhole` for what is complete at once: a date, a choice, a pulled text. */
export function edited(draft: Draft, key: PartKey, text: string, at: number, isWhole = false): Draft {
  const part = draft.parts[key] ?? { saved: '', now: '', sending: null, isOpen: false, takenAt: 0 };
  if (part.now === text) return draft;
  return { ...draft, parts: { ...draft.parts, [key]: { ...part, now: text } }, changedAt: at, closes: draft.closes || isWhole };
}

export function marked(draft: Draft, marks: Partial<Marks>): Draft {
  return { ...draft, marks: joined(draft.marks, { ...NO_MARKS, ...marks }), closes: true };
}

/** Earlier marks followed by later ones. */
function joined(earlier: Marks, later: Marks): Marks {
  return {
    addDiagnoses: [...new Set([...without(earlier.addDiagnoses, later.removeDiagnoses), ...later.addDiagnoses])],
    removeDiagnoses: [...new Set([...without(earlier.removeDiagnoses, later.addDiagnoses), ...later.removeDiagnoses])],
    pulledForward: { ...earlier.pulledForward, ...later.pulledForward },
  };
}

function without(list: readonly string[], gone: readonly string[]): readonly string[] {
  return list.filter((id) => !gone.includes(id));
}

/** The author pauses, leaves or asks to save: what stands is completed now, a failed save is tried again now. */
export function paused(draft: Draft, at: number): Draft {
  if (isAtRest(draft)) return draft;
  const failure = draft.failure === null || draft.failure.waitsForUnlock ? draft.failure : { ...draft.failure, retryAt: at };
  return { ...draft, closes: true, failure };
}

/** The device was opened again. */
export function unlocked(draft: Draft, at: number): Draft {
  if (draft.failure === null) return draft;
  return { ...draft, failure: { ...draft.failure, waitsForUnlock: false, retryAt: at } };
}

/** What to do at `at`: send, look again later, or nothing. */
export function next(draft: Draft, at: number, pace: Pace): Step {
  if (draft.flight !== null || draft.failure?.waitsForUnlock === true || isAtRest(draft)) return null;
  const unsent = entries(draft.parts).filter(([, part]) => isUnsent(part));
  const isComplete = draft.closes || at >= draft.changedAt + pace.pauseMs;
  const due = isComplete ? at : unsent.length > 0 ? draft.startedAt + pace.everyMs : draft.changedAt + pace.pauseMs;
  const from = Math.max(due, draft.failure?.retryAt ?? Number.NEGATIVE_INFINITY);
  if (from > at) return { do: 'wait', until: from };
  return {
    do: 'send',
    sending: {
      kind: isComplete ? 'patch' : 'typing',
      edits: Object.fromEntries(unsent.map(([key, part]) => [key, { from: part.saved, to: part.now }])),
      marks: draft.marks,
    },
  };
}

export function sent(draft: Draft, sending: Sending, at: number): Draft {
  const parts: Partial<Record<PartKey, Part>> = { ...draft.parts };
  for (const [key, edit] of entries(sending.edits)) {
    const part = parts[key];
    if (part !== undefined) parts[key] = { ...part, sending: edit.to };
  }
  const closes = sending.kind === 'patch' ? false : draft.closes;
  return { ...draft, parts, flight: sending, marks: NO_MARKS, startedAt: at, closes };
}

/** The application took what was on its way; `order` is the number of the last call begun by now. */
export function taken(draft: Draft, order: number): Draft {
  const { flight } = draft;
  if (flight === null) return draft;
  const parts: Partial<Record<PartKey, Part>> = { ...draft.parts };
  for (const [key, part] of entries(draft.parts)) {
    if (part.sending !== null) {
      parts[key] = { ...part, saved: part.sending, sending: null, isOpen: flight.kind === 'typing', takenAt: order };
    } else if (part.isOpen && flight.kind === 'patch') {
      parts[key] = { ...part, isOpen: false, takenAt: order };
    }
  }
  return { ...draft, parts, flight: null, failure: null };
}

/** The application refused, or did not answer. Everything stays as it is on the screen and is sent again. */
export function refused(draft: Draft, error: { readonly code: Code; readonly message: string }, at: number): Draft {
  const { flight } = draft;
  if (flight === null) return draft;
  const parts: Partial<Record<PartKey, Part>> = { ...draft.parts };
  for (const [key, part] of entries(draft.parts)) {
    if (part.sending !== null) parts[key] = { ...part, sending: null };
  }
  const tries = (draft.failure?.tries ?? 0) + 1;
  const wait = RETRY_MS[Math.min(tries, RETRY_MS.length) - 1] ?? 0;
  return {
    ...draft,
    parts,
    flight: null,
    marks: joined(flight.marks, draft.marks),
    closes: draft.closes || flight.kind === 'patch',
    failure: { code: error.code, message: error.message, tries, retryAt: at + wait, waitsForUnlock: error.code === 'locked' },
  };
}
