import { describe, expect, it } from 'vitest';

import type { SignatureView } from '../../backend/generated/api';
import { addendumLook, askedFields, dueIn, isOfTheWholeNote, noteHeading, tally, toldApart, valueWords } from './model';

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

function look(state: string, verification?: SignatureView['verification'], received: string | null = null) {
  return addendumLook({ state, signature: verification === undefined ? null : ({ verification, received_civil: received } as SignatureView) });
}

describe('an addendum', () => {
  it('is signed for good only once its signature was checked and received', () => {
    expect(look('draft')).toEqual({ word: 'Not signed yet', tone: 'ochre' });
    expect(look('dismissed')).toMatchObject({ word: 'Set aside' });
    expect(look('signed', 'awaiting_receipt')).toMatchObject({ word: 'Signed here, awaiting receipt', tone: 'neutral' });
    expect(look('signed', 'unknown')).toMatchObject({ tone: 'neutral' });
    expect(look('signed', 'broken', '2026-11-21 10:06')).toMatchObject({ tone: 'brick' });
    expect(look('signed', 'verified', '2026-11-21 10:06')).toMatchObject({ word: 'Signed', tone: 'moss' });
  });
});

describe('the value of a field', () => {
  it('reads as people say it, and as it was written where no calendar or list knows it', () => {
    const risk = { kind: 'choice', choices: [{ value: 'low', label: 'Low' }] };
    expect([valueWords(risk, 'low'), valueWords(risk, 'raised')]).toEqual(['Low', 'raised']);
    expect(valueWords({ kind: 'date', choices: [] }, '2026-11-21')).toMatch(/21.*2026/);
    expect(valueWords({ kind: 'time', choices: [] }, '14:05')).toMatch(/^2:05/);
    expect(valueWords({ kind: 'zone', choices: [] }, 'America/New_York')).toBe('New York time');
    expect(valueWords({ kind: 'text', choices: [] }, 'Client/mother')).toBe('Client/mother');
    expect([valueWords({ kind: 'date', choices: [] }, 'last week'), valueWords({ kind: 'time', choices: [] }, '')]).toEqual(['last week', '']);
  });
});

describe('what a finding asks for', () => {
  const finding = { rule: 'r', level: 'block', target: 'section', key: 'goals_addressed', message: 'Name a goal, or say why there was none.', or_field: 'no_goal_reason' };

  it('is the field itself, or the one that would do instead', () => {
    const date = { ...finding, target: 'field', key: 'service_date', message: 'Enter the date of service.', or_field: null };
    expect([...askedFields([finding, date]).keys()]).toEqual(['no_goal_reason', 'service_date']);
    expect(askedFields([{ ...finding, or_field: null }]).size).toBe(0);
  });

  it('is the conflict where it is about the note as a whole, and the diagnoses where it is about them', () => {
    expect(isOfTheWholeNote({ target: 'note', key: 'note' })).toBe(true);
    expect(isOfTheWholeNote({ target: 'note', key: 'diagnoses' })).toBe(false);
  });
});

describe('findings that say the same', () => {
  const confirm = { rule: 'unconfirmed', level: 'block', target: 'section', key: 'plan', message: 'Read it and confirm it.', or_field: null };
  const sections = [
    { key: 'objective', label: 'Objective' },
    { key: 'plan', label: 'Plan' },
  ];

  it('name their sections, and only they do', () => {
    const other = { ...confirm, rule: 'plan', message: 'Write the plan.' };
    expect(toldApart([{ ...confirm, key: 'objective' }, confirm, other], sections).map(({ message }) => message)).toEqual([
      'Objective: Read it and confirm it.',
      'Plan: Read it and confirm it.',
      'Write the plan.',
    ]);
    expect(toldApart([confirm, other], sections)).toEqual([confirm, other]);
  });
});

describe('the tally', () => {
  it('counts met rules and lists only what blocks', () => {
    const finding = { rule: 'r', target: 'section', key: 'plan', message: 'Write the plan.', or_field: null };
    expect(tally([{ ...finding, level: 'block' }, { ...finding, level: 'advice' }], 12)).toMatchObject({ met: 10, of: 12, blocking: [{ level: 'block' }] });
  });
});
