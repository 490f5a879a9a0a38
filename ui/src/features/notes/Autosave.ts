import type { ApiError, ChangeView } from '../../backend/generated/api';
import { type Draft, edited, EMPTY_DRAFT, hasUnsaved, isAtRest, loaded, marked, type Marks, next, type Pace, type PartKey, paused, refused, sectionPart, type Sending, sent, taken, unlocked } from './saving';

/** What the saving of one text needs from outside. */
export interface Saver {
  readonly pace: Pace;
  readonly send: (sending: Sending) => Promise<ChangeView>;
  /** The words were taken; `sending` says which, `change` what became of them. */
  readonly onTaken: (change: ChangeView, sending: Sending) => void;
  /** How many calls to the application have begun. */
  readonly order: () => number;
  readonly now: () => number;
}

/** What became of the words that were taken last, and when. */
export interface Taken {
  readonly change: ChangeView;
  readonly at: number;
}

/** Keeps one text saved: `saving` decides, this waits and calls. It outlives the screen until everything is taken. */
export class Autosave {
  private draft: Draft = EMPTY_DRAFT;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waiting: ((isSaved: boolean) => void)[] = [];
  private last: Taken | null = null;

  constructor(private readonly saver: Saver) {}

  readonly current = (): Draft => this.draft;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly lastTaken = (): Taken | null => this.last;

  load(texts: Readonly<Partial<Record<PartKey, string>>>, asked: number): void {
    this.become(loaded(this.draft, texts, asked));
  }

  edit(key: PartKey, text: string, isWhole = false): void {
    this.become(edited(this.draft, key, text, this.saver.now(), isWhole));
  }

  mark(marks: Partial<Marks>): void {
    this.become(marked(this.draft, marks));
  }

  /** A text of an earlier note, with where it came from, as one change. */
  pull(section: string, text: string, from: string): void {
    const draft = edited(this.draft, sectionPart(section), text, this.saver.now(), true);
    this.become(marked(draft, { pulledForward: { [section]: from } }));
  }

  pause(): void {
    this.become(paused(this.draft, this.saver.now()));
  }

  unlock(): void {
    this.become(unlocked(this.draft, this.saver.now()));
  }

  /** Completes what stands; true once the application has all of it, false as soon as a try fails. */
  flush(): Promise<boolean> {
    this.pause();
    if (isAtRest(this.draft)) return Promise.resolve(true);
    // Nothing is tried before the unlock, so there is nothing to wait for; what was typed into an open patch is there.
    if (this.draft.failure?.waitsForUnlock === true) return Promise.resolve(!hasUnsaved(this.draft));
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private become(draft: Draft): void {
    if (draft !== this.draft) {
      this.draft = draft;
      for (const listener of this.listeners) listener();
    }
    this.step();
  }

  private step(): void {
    clearTimeout(this.timer);
    if (isAtRest(this.draft)) this.answer(true);
    const at = this.saver.now();
    const step = next(this.draft, at, this.saver.pace);
    if (step === null) return;
    if (step.do === 'wait') {
      this.timer = setTimeout(() => this.step(), Math.max(1, step.until - at));
      return;
    }
    void this.send(step.sending);
  }

  private async send(sending: Sending): Promise<void> {
    this.become(sent(this.draft, sending, this.saver.now()));
    try {
      const change = await this.saver.send(sending);
      this.last = { change, at: this.saver.now() };
      this.become(taken(this.draft, this.saver.order()));
      this.saver.onTaken(change, sending);
    } catch (error: unknown) {
      this.become(refused(this.draft, error as ApiError, this.saver.now()));
      this.answer(false);
    }
  }

  private answer(isSaved: boolean): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve(isSaved);
  }
}

const kept = new Map<string, Autosave>();

/** The saving of one text by its key: the same one as before while its words have not all been taken. */
export function autosaveOf(key: string, make: () => Autosave): Autosave {
  const known = kept.get(key);
  if (known) return known;
  const made = make();
  kept.set(key, made);
  return made;
}

/** Before the device is locked or the window closed: everything on the screens is completed. */
export async function flushAll(): Promise<boolean> {
  const done = await Promise.all([...kept.values()].map((autosave) => autosave.flush()));
  return done.every(Boolean);
}

/** Words on the screens, or kept behind them, that the application has not taken; and why. */
export function heldBack(): { readonly why: string; readonly isLocked: boolean } | null {
  const held = [...kept.values()].map((autosave) => autosave.current()).filter(hasUnsaved);
  if (held.length === 0) return null;
  const failure = held.map((draft) => draft.failure).find((one) => one !== null) ?? null;
  return { why: failure?.message ?? '', isLocked: failure?.waitsForUnlock ?? false };
}

/** After the device was opened again: what a lock interrupted is sent. */
export function resumeAll(): void {
  for (const autosave of kept.values()) autosave.unlock();
}

/** Forgets what has been taken, so that no text stays in memory while the device is locked. */
export function forgetTaken(): void {
  for (const [key, autosave] of kept) {
    if (isAtRest(autosave.current())) kept.delete(key);
  }
}

/** Once its words have been taken, the next text under `key` begins anew; unsent words are taken up again instead. */
export function dropTaken(key: string): void {
  const autosave = kept.get(key);
  if (autosave && isAtRest(autosave.current())) kept.delete(key);
}
