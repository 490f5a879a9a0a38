import { describe, expect, it } from 'vitest';

import { edited, EMPTY_DRAFT, loaded, NOTE_PACE, next, refused, sectionPart, sent, taken } from './saving';
import { saidOf } from './useDraft';

const PLAN = sectionPart('plan');

describe('the word under a note', () => {
  const fresh = loaded(EMPTY_DRAFT, { [PLAN]: 'Weekly.' }, 1);

  it('is that of the note while nothing is typed', () => {
    expect(saidOf(fresh, 'synced')).toBe('synced');
  });

  it('never says that words are saved before they are', () => {
    let draft = edited(fresh, PLAN, 'Weekly. S', 1_000);
    for (const word of ['saved', 'synced', 'waiting', 'review'] as const) expect(saidOf(draft, word)).toBe('writing');
    for (let at = 1_000; at < 10_000; at += 100) {
      const step = next(draft, at, NOTE_PACE);
      if (step?.do !== 'send') continue;
      draft = sent(draft, step.sending, at);
      expect(saidOf(draft, 'saved')).toBe('writing');
      draft = taken(draft, at);
    }
    expect(saidOf(draft, 'saved')).toBe('saved');
  });

  it('says a failure at once', () => {
    const draft = edited(fresh, PLAN, 'Weekly. S', 1_000);
    const step = next(draft, 1_000, NOTE_PACE);
    if (step?.do !== 'send') throw new Error('nothing to send');
    expect(saidOf(refused(sent(draft, step.sending, 1_000), { code: 'disk_full', message: 'The disk is full.' }, 1_001), 'saved')).toBe('failed');
  });
});
