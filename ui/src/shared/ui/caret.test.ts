import { describe, expect, it } from 'vitest';

import { caretAfter } from './caret';

describe('the caret', () => {
  it('stays before a change, moves along behind it, and goes to its beginning inside it', () => {
    expect(caretAfter('Weekly. Homework.', 'Weekly. Sleep diary. Homework.', 4)).toBe(4);
    expect(caretAfter('Weekly. Homework.', 'Weekly. Sleep diary. Homework.', 17)).toBe(30);
    expect(caretAfter('one big two', 'one two', 6)).toBe(4);
  });

  it('never leaves the text', () => {
    expect(caretAfter('abc', '', 3)).toBe(0);
    expect(caretAfter('', 'abc', 0)).toBe(0);
    expect(caretAfter('aaaa', 'aa', 4)).toBe(2);
  });
});
