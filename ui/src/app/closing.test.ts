import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Closing, type ClosingQuestion, type Held } from './closing';

const FULL: Held = { why: 'The disk is full.', isLocked: false };

function make(flush: () => Promise<boolean>, held: () => Held | null, hasForm = () => false) {
  const answers: string[] = [];
  const questions: (ClosingQuestion | null)[] = [];
  const closing = new Closing({ flush, held, hasForm, answer: (answer) => answers.push(answer), ask: (question) => questions.push(question) });
  return { closing, answers, questions };
}

/** A save that lasts until it is let go. */
function slow() {
  const waiting: ((isSaved: boolean) => void)[] = [];
  return {
    flush: () =>
      new Promise<boolean>((resolve) => {
        waiting.push(resolve);
      }),
    end: () => {
      for (const resolve of waiting) resolve(true);
    },
  };
}

describe('closing the window', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks over a form that was begun, and ends where the person says so', async () => {
    const { closing, answers, questions } = make(() => Promise.resolve(true), () => null, () => true);
    await closing.wanted();
    expect([answers, questions.at(-1)?.kind]).toEqual([['heard'], 'form']);
    closing.closeAnyway();
    expect(answers).toEqual(['heard', 'saved']);
  });

  it('ends without a question where everything is saved', async () => {
    const { closing, answers, questions } = make(() => Promise.resolve(true), () => null);
    await closing.wanted();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(answers).toEqual(['heard', 'saved']);
    expect(questions).toEqual([]);
  });

  it('stays open over words that a full disk did not take, and asks', async () => {
    const { closing, answers, questions } = make(() => Promise.resolve(false), () => FULL);
    await closing.wanted();
    expect(answers).toEqual(['heard']);
    expect(questions).toEqual([{ kind: 'failed', why: 'The disk is full.' }]);
    closing.stay();
    expect(answers).toEqual(['heard']);
    expect(questions.at(-1)).toBeNull();
  });

  it('closes over them only when the person says so', async () => {
    const { closing, answers } = make(() => Promise.resolve(false), () => FULL);
    await closing.wanted();
    closing.closeAnyway();
    expect(answers).toEqual(['heard', 'saved']);
  });

  it('asks for the unlock where the lock came before the words were taken', async () => {
    const { closing, questions } = make(() => Promise.resolve(false), () => ({ why: 'This device is locked.', isLocked: true }));
    await closing.wanted();
    expect(questions.at(-1)?.kind).toBe('locked');
  });

  it('says that a save takes long, waits as long as it takes, and then ends', async () => {
    const save = slow();
    let left: Held | null = { why: '', isLocked: false };
    const { closing, answers, questions } = make(save.flush, () => left);
    const wanted = closing.wanted();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answers).toEqual(['heard']);
    expect(questions).toEqual([{ kind: 'saving', why: '' }]);
    left = null;
    save.end();
    await wanted;
    expect(answers).toEqual(['heard', 'saved']);
  });

  it('does not close behind the back of somebody who decided to stay', async () => {
    const save = slow();
    const { closing, answers } = make(save.flush, () => null);
    const wanted = closing.wanted();
    await vi.advanceTimersByTimeAsync(1_000);
    closing.stay();
    save.end();
    await wanted;
    expect(answers).toEqual(['heard']);
  });
});
