import { describe, expect, it } from 'vitest';

import type { FindingView } from '../../backend/generated/api';
import { stillToSay, withoutPulled, withPulled } from './pulling';

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

describe('the advice on pulled text', () => {
  const advice: FindingView = { rule: 'pulled_forward', level: 'advice', target: 'section', key: 'plan', message: 'Check it.', or_field: null };
  const missing: FindingView = { ...advice, rule: 'risk', level: 'block', key: 'risk' };
  const LAST = [
    { key: 'plan', text: PASSAGE },
    { key: 'assessment', text: 'Sleep is better.' },
    { key: 'risk', text: ' ' },
  ];
  const said = (text: string, more: Partial<Parameters<typeof stillToSay>[0]> = {}) =>
    stillToSay({ findings: [advice, missing], sections: [{ key: 'plan', text, pulled_from: text === PASSAGE ? 'November 14' : null }], last: LAST, checked: new Set(), ...more });

  it('stands while the pulled words do, alone or below her own', () => {
    expect(said(PASSAGE)).toEqual([advice, missing]);
    expect(said(withPulled('Try breathing.', PASSAGE))).toEqual([advice, missing]);
  });

  it('goes once they were edited, written on or taken out, and takes nothing else with it', () => {
    expect(said('Fortnightly sessions; sleep diary.')).toEqual([missing]);
    expect(said(`${withPulled('Try breathing.', PASSAGE)} She agreed.`)).toEqual([missing]);
    expect(said('')).toEqual([missing]);
  });

  it('goes for the section that she said is still true', () => {
    expect(said(PASSAGE, { checked: new Set(['plan']) })).toEqual([missing]);
    expect(said(PASSAGE, { checked: new Set(['assessment', 'risk']) })).toEqual([advice, missing]);
  });

  it('follows the words into a section of another format', () => {
    const findings = [{ ...advice, key: 'data' }];
    expect(said('', { findings, sections: [{ key: 'data', text: `${PASSAGE}\n\nShe slept.`, pulled_from: null }] })).toEqual(findings);
    expect(said('', { findings, sections: [{ key: 'data', text: 'She slept.', pulled_from: null }] })).toEqual([]);
  });

  it('stands while the last note is not known', () => {
    expect(said('Fortnightly sessions; sleep diary.', { last: null })).toEqual([advice, missing]);
  });
});
