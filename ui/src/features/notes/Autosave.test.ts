import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CallError } from '../../backend/call';
import type { ChangeView } from '../../backend/generated/api';
import { Autosave } from './Autosave';
import { NOTE_PACE, sectionPart, type Sending } from './saving';

const PLAN = sectionPart('plan');
const TAKEN: ChangeView = { id: 'n1', outcome: 'applied', provisional: false, sync: 'saved' };

function make(send: (sending: Sending) => Promise<ChangeView>) {
  const sendings: Sending[] = [];
  const autosave = new Autosave({
    pace: NOTE_PACE,
    send: (sending) => {
      sendings.push(sending);
      return send(sending);
    },
    onTaken: () => undefined,
    order: () => sendings.length + 1,
    now: () => Date.now(),
  });
  autosave.load({ [PLAN]: '' }, 1);
  return { autosave, sendings };
}

describe('autosave', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('never leaves typed words untaken for longer than half a second, at thirty keys a second', async () => {
    const { autosave } = make(() => Promise.resolve(TAKEN));
    let text = '';
    const typedAt: number[] = [];
    let worst = 0;
    for (let key = 0; key < 300; key += 1) {
      text += 'x';
      typedAt.push(Date.now());
      autosave.edit(PLAN, text);
      await vi.advanceTimersByTimeAsync(33);
      const oldestUntaken = typedAt[autosave.current().parts[PLAN]?.saved.length ?? 0];
      if (oldestUntaken !== undefined) worst = Math.max(worst, Date.now() - oldestUntaken);
    }
    expect(worst).toBeLessThanOrEqual(500);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(autosave.current().parts[PLAN]?.saved).toBe(text);
  });

  it('flushes what stands and says when it is there', async () => {
    const { autosave, sendings } = make(() => Promise.resolve(TAKEN));
    autosave.edit(PLAN, 'Weekly.');
    await expect(autosave.flush()).resolves.toBe(true);
    expect(sendings.at(-1)?.kind).toBe('patch');
  });

  it('says no when the disk is full, keeps the words, and brings them in once there is room', async () => {
    let isFull = true;
    const { autosave } = make(() =>
      isFull ? Promise.reject(new CallError({ code: 'disk_full', message: 'The disk is full.', field_errors: [], retryable: true })) : Promise.resolve(TAKEN),
    );
    autosave.edit(PLAN, 'Weekly.');
    await expect(autosave.flush()).resolves.toBe(false);
    expect(autosave.current().failure?.message).toBe('The disk is full.');
    isFull = false;
    await vi.advanceTimersByTimeAsync(31_000);
    expect(autosave.current().failure).toBeNull();
    expect(autosave.current().parts[PLAN]?.saved).toBe('Weekly.');
  });

  it('does not wait for words that only an unlock can bring in', async () => {
    let isLocked = true;
    const { autosave } = make(() =>
      isLocked ? Promise.reject(new CallError({ code: 'locked', message: 'This device is locked.', field_errors: [], retryable: false })) : Promise.resolve(TAKEN),
    );
    autosave.edit(PLAN, 'Weekly.');
    await expect(autosave.flush()).resolves.toBe(false);
    await expect(autosave.flush()).resolves.toBe(false);
    isLocked = false;
    autosave.unlock();
    await expect(autosave.flush()).resolves.toBe(true);
  });

  it('asks for nothing when nothing was written', async () => {
    const { autosave, sendings } = make(() => Promise.resolve(TAKEN));
    await expect(autosave.flush()).resolves.toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sendings).toEqual([]);
  });
});
