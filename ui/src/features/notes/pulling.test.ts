import { describe, expect, it } from 'vitest';

import { withoutPulled, withPulled } from './pulling';

const PASSAGE = 'Weekly sessions; sleep diary.';

describe('taking a pulled passage back', () => {
  it('gives the text of before while nothing was typed since', () => {
    for (const before of ['', '  ', 'Try breathing.', 'Try breathing.\n']) expect(withoutPulled(withPulled(before, PASSAGE), before, PASSAGE)).toBe(before);
  });

  it('keeps every word that was typed since, above, below and around', () => {
    const pulled = withPulled('Try breathing.', PASSAGE);
    expect(withoutPulled(`${pulled} She agreed.`, 'Try breathing.', PASSAGE)).toBe('Try breathing.\n\nShe agreed.');
    expect(withoutPulled(`First. ${pulled}`, 'Try breathing.', PASSAGE)).toBe('First. Try breathing.');
    expect(withoutPulled(`${PASSAGE}\nShe agreed.`, '', PASSAGE)).toBe('She agreed.');
  });

  it('takes nothing where the passage itself was rewritten, or stands there twice', () => {
    expect(withoutPulled('Fortnightly sessions; sleep diary.', '', PASSAGE)).toBeNull();
    expect(withoutPulled(`${PASSAGE}\n\n${PASSAGE} More.`, '', PASSAGE)).toBeNull();
  });
});
