import { describe, expect, it } from 'vitest';

import { bothTexts, type ConflictSection, open, result } from './model';

const section: ConflictSection = {
  key: 'plan',
  label: 'Plan',
  passages: [
    { id: 'p0', kind: 'same', base: 'Weekly. ', mine: 'Weekly. ', theirs: 'Weekly. ' },
    { id: 'p1', kind: 'differs', base: 'Review in May.', mine: 'Review in June.', theirs: 'Review in July.' },
  ],
};

describe('choosing between two texts', () => {
  it('gives no text while a passage is open, so that a guess can never be sent', () => {
    expect(result(section, {})).toBeNull();
    expect(open([section], {}).map((passage) => passage.id)).toEqual(['p1']);
  });

  it('puts together exactly what was chosen', () => {
    expect(result(section, { p1: { take: 'mine', text: '' } })).toBe('Weekly. Review in June.');
    expect(result(section, { p1: { take: 'theirs', text: '' } })).toBe('Weekly. Review in July.');
    expect(result(section, { p1: { take: 'edited', text: 'Review in July, sooner if worse.' } })).toBe('Weekly. Review in July, sooner if worse.');
  });

  it('starts an edit from both texts', () => {
    const passage = section.passages[1];
    expect(passage && bothTexts(passage)).toBe('Review in June. Review in July.');
  });
});
