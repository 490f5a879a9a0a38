import { describe, expect, it } from 'vitest';

import type { BranchView } from '../../backend/generated/api';
import { bothTexts, type ConflictSection, choicesOf, conflictView, decided, open, passageName, result, taking } from './model';

const section: ConflictSection = {
  key: 'plan',
  label: 'Plan',
  part: 'section',
  current: 'Weekly. Review in June.',
  labels: {},
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

  it('is about a passage that its name tells from the others', () => {
    const [same, first] = section.passages;
    if (same === undefined || first === undefined) throw new Error('no passage');
    const second = { ...first, id: 'p3' };
    expect(passageName(section, first)).toBe('Plan');
    const longer = { ...section, passages: [same, first, { ...same, id: 'p2' }, second] };
    expect([passageName(longer, first), passageName(longer, second)]).toEqual(['Plan, passage 1 of 2', 'Plan, passage 2 of 2']);
  });

  it('puts together exactly what was chosen', () => {
    expect(result(section, { p1: { take: 'mine', text: '' } })).toBe('Weekly. Review in June.');
    expect(result(section, { p1: { take: 'theirs', text: '' } })).toBe('Weekly. Review in July.');
    expect(result(section, { p1: { take: 'edited', text: 'Review in July, sooner if worse.' } })).toBe('Weekly. Review in July, sooner if worse.');
  });

  it('starts an edit from both texts, on whatever way one comes to it, and keeps what was written', () => {
    const [, passage] = section.passages;
    if (passage === undefined) throw new Error('no passage');
    expect(bothTexts(passage)).toBe('Review in June. Review in July.');
    const passing = taking('theirs', null, passage);
    expect(taking('edited', passing, passage)).toEqual({ take: 'edited', text: 'Review in June. Review in July.' });
    const written = { take: 'edited', text: 'Review in summer.' } as const;
    expect(taking('edited', taking('mine', written, passage), passage)).toEqual(written);
  });
});

describe('what is sent', () => {
  const branch: BranchView = {
    branch_id: 'b1',
    choices: {},
    mine_head: 'This laptop, 2026-11-21 10:06',
    theirs_head: 'Office PC, 2026-11-21 10:07',
    sections: [
      {
        key: 'plan',
        label: 'Plan',
        part: 'section',
        current: 'Weekly. Review in June.',
        incoming: 'Weekly. Review in July.',
        passages: [
          { index: 0, kind: 'same', base: 'Weekly. ', mine: 'Weekly. ', theirs: 'Weekly. ' },
          { index: 1, kind: 'differs', base: 'Review in May.', mine: 'Review in June.', theirs: 'Review in July.' },
        ],
      },
      { key: 'plan', label: 'Plan', part: 'field', current: 'low', incoming: 'high', passages: [{ index: 0, kind: 'differs', base: 'none', mine: 'low', theirs: 'high' }] },
    ],
  };
  const view = conflictView(branch, 'Petra Amsel', 'Progress note', []);
  const [plan = '', level = ''] = open(view.sections, {}).map((passage) => passage.id);

  it('goes on from what was chosen before a lock or a kill', () => {
    const kept = { [plan]: { take: 'edited', text: 'Review in summer.' }, [level]: { take: 'theirs', text: '' }, odd: { take: 'all', text: '' } };
    expect(choicesOf(JSON.parse(JSON.stringify(kept)) as typeof kept)).toEqual({ [plan]: kept[plan], [level]: kept[level] });
    expect(decided(view, choicesOf(kept))?.sections['plan']).toMatchObject({ to: 'Weekly. Review in summer.' });
  });

  it('is nothing while a passage is open', () => {
    expect(decided(view, { [plan]: { take: 'mine', text: '' } })).toBeNull();
  });

  it('names what stood there and what it becomes, sections and fields of one name apart', () => {
    const choices = { [plan]: { take: 'theirs', text: '' }, [level]: { take: 'mine', text: '' } } as const;
    expect(decided(view, choices)).toEqual({
      sections: { plan: { from: 'Weekly. Review in June.', to: 'Weekly. Review in July.' } },
      fields: { plan: { from: 'low', to: 'low' } },
    });
  });

  it('is shown with the words of a field and sent with its values', () => {
    const field = { key: 'plan', label: 'Plan', kind: 'choice', value: 'low', choices: [{ value: 'low', label: 'Low' }, { value: 'high', label: 'High' }] };
    const [, level] = conflictView(branch, '', '', [field]).sections;
    expect(level?.labels).toEqual({ none: 'none', low: 'Low', high: 'High' });
    expect(level?.current).toBe('low');
  });

  it('is asked for again when the text that was chosen has changed meanwhile', () => {
    const [section, ...rest] = branch.sections;
    const moved = section && {
      ...branch,
      sections: [{ ...section, passages: section.passages.map((passage) => (passage.kind === 'differs' ? { ...passage, theirs: 'Review in August.' } : passage)) }, ...rest],
    };
    expect(moved && decided(conflictView(moved, '', '', []), { [plan]: { take: 'theirs', text: '' }, [level]: { take: 'mine', text: '' } })).toBeNull();
  });
});
