import { afterEach, expect, it } from 'vitest';

import { forgetKept, isAnythingKept, keep, keptOf } from './kept';

afterEach(forgetKept);

it('keeps what was entered until it is saved or given up, each form for itself', () => {
  keep('facts:c1', { city: 'Salem' });
  keep('facts:c2', { city: 'Dover' });
  expect(keptOf('facts:c1')).toEqual({ city: 'Salem' });
  expect(keptOf('entries:c1')).toBeNull();
  keep('facts:c1', null);
  expect([keptOf('facts:c1'), isAnythingKept()]).toEqual([null, true]);
  keep('facts:c2', null);
  expect(isAnythingKept()).toBe(false);
});

it('holds nothing of a device that was erased', () => {
  keep('new-client', { facts: {} });
  forgetKept();
  expect([isAnythingKept(), keptOf('new-client')]).toEqual([false, null]);
});
