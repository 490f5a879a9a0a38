import { describe, expect, it } from 'vitest';

import { dueIn, noteHeading, tally } from './model';

describe('a deadline', () => {
  it('reads in hours on its last day and in days before and after', () => {
    expect(dueIn(null)).toBeNull();
    expect(dueIn(70n)).toEqual({ level: 'later', words: '2 days' });
    expect(dueIn(23)).toEqual({ level: 'soon', words: '23 h left' });
    expect(dueIn(0)).toEqual({ level: 'soon', words: 'due now' });
    expect(dueIn(-5)).toEqual({ level: 'over', words: '5 h over' });
    expect(dueIn(-25)).toEqual({ level: 'over', words: '1 day over' });
  });
});

describe('a heading', () => {
  it('leaves out what is not known', () => {
    expect(noteHeading({ title: 'Contact note', service_date: null, start: null, end: null })).toBe('Contact note');
    expect(noteHeading({ title: 'Progress note (SOAP)', service_date: '2026-11-21', start: '10:00', end: '10:50' })).toMatch(/^Progress note \(SOAP\), .*21.*10:00/);
  });
});

describe('the tally', () => {
  it('counts met rules and lists only what blocks', () => {
    const finding = { rule: 'r', target: 'section', key: 'plan', message: 'Write the plan.' };
    expect(tally([{ ...finding, level: 'block' }, { ...finding, level: 'advice' }], 12)).toMatchObject({ met: 10, of: 12, blocking: [{ level: 'block' }] });
  });
});
