/** What a person is asked before the window closes over words that are not saved. */
export interface ClosingQuestion {
  /** `saving` while it only takes long: the window closes by itself once they are saved. */
  readonly kind: 'saving' | 'failed' | 'locked' | 'form';
  /** Why they could not be saved, in the application's words; empty while nothing failed. */
  readonly why: string;
}

/** Words that the application has not taken, and why. */
export interface Held {
  readonly why: string;
  /** The device was locked before it took them: no try before it is opened again. */
  readonly isLocked: boolean;
}

interface ClosingDeps {
  /** Completes what stands on the screens; false as soon as a try fails. */
  readonly flush: () => Promise<boolean>;
  /** What is not saved now, or `null`. */
  readonly held: () => Held | null;
  /** Whether a form was begun and neither saved nor given up. */
  readonly hasForm: () => boolean;
  readonly answer: (answer: 'heard' | 'saved') => void;
  readonly ask: (question: ClosingQuestion | null) => void;
}

/** A save that takes longer than this is spoken of: nobody should think that the window ignores them. */
const SLOW_MS = 700;

/** The end of the window: it closes over nothing that is not saved, unless the person says so. */
export class Closing {
  private asked = 0;

  constructor(private readonly deps: ClosingDeps) {}

  /** The shell wants to end. */
  async wanted(): Promise<void> {
    const { flush, held, hasForm, answer, ask } = this.deps;
    this.asked += 1;
    const mine = this.asked;
    answer('heard');
    const slow = setTimeout(() => {
      if (mine === this.asked) ask({ kind: 'saving', why: held()?.why ?? '' });
    }, SLOW_MS);
    await flush();
    clearTimeout(slow);
    // Somebody decided meanwhile to stay, or asked again.
    if (mine !== this.asked) return;
    const left = held();
    if (left !== null) ask({ kind: left.isLocked ? 'locked' : 'failed', why: left.why });
    else if (hasForm()) ask({ kind: 'form', why: '' });
    else answer('saved');
  }

  stay(): void {
    this.asked += 1;
    this.deps.ask(null);
  }

  /** The person gives up what could not be saved. */
  closeAnyway(): void {
    this.asked += 1;
    this.deps.answer('saved');
  }
}
