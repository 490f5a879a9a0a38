import { describe, expect, it } from 'vitest';

import type { QuarantinedView, QuarantinePieceView, QuarantineRow, QuarantineView } from '../../backend/generated/api';
import { quarantineOf, workOf } from './model';

const TODAY = '2026-11-24';

const row: QuarantineRow = {
  note_id: 'n1',
  client_id: 'c1',
  client_name: 'Petra Amsel',
  author_id: 'u1',
  author_name: 'Alma Reyes',
  is_mine: false,
  title: 'Progress note (SOAP)',
  service_date: '2026-11-20',
  pieces: 2,
  sections: ['Subjective', 'Plan'],
  written_civil: '2026-11-21 10:06',
  received_at: '2026-11-24T09:00:00Z',
  received_civil: '2026-11-24 09:00',
};

const piece: QuarantinePieceView = {
  work_id: 'w1',
  name: 'note.patch',
  written_civil: '2026-11-21 10:06',
  received_civil: '2026-11-24 09:00',
  texts: [{ label: 'Plan', part: 'section', from: '', text: 'Weekly.' }],
  ruling: null,
  laid: null,
  decided_by: null,
  decided_civil: null,
  reason: '',
};

const view = (more: Partial<QuarantinedView> = {}): QuarantinedView => ({
  row,
  note_state: 'draft',
  texts: [
    { label: 'Plan', part: 'section', from: '', text: 'Weekly.' },
    { label: 'Date of service', part: 'field', from: '', text: '2026-11-20' },
  ],
  pieces: [piece, { ...piece, work_id: 'w2', ruling: 'accepted', laid: 'branch', decided_by: 'Kemi Adeyemi', decided_civil: '2026-11-24 09:30', reason: 'Hers' }],
  ...more,
});

const list = (more: Partial<QuarantineView>) => quarantineOf({ waiting: [], decided: [], own: [], ...more }, TODAY);

describe('the list of late work', () => {
  it('names client, note, author and when', () => {
    const [work] = list({ waiting: [row] }).waiting;
    expect(work).toMatchObject({ id: 'n1:u1', who: 'Petra Amsel', from: 'Alma Reyes', sections: 'Subjective, Plan' });
    expect(work?.written).toContain('today, 9:00');
  });

  it('says so where the words are one’s own, and where there is nothing but a signature', () => {
    const [work] = list({ waiting: [{ ...row, is_mine: true, sections: [] }] }).waiting;
    expect(work).toMatchObject({ from: 'Your own', sections: 'A signature' });
  });

  it('tells an author what became of hers without a client’s name', () => {
    const [own] = list({ own: [{ work_id: 'w1', ruling: 'returned', decided_by: 'Kemi Adeyemi', at_civil: '2026-11-24 09:30', written_civil: '2026-11-21 10:06' }] }).own;
    expect(own).toMatchObject({ noteId: null, what: '', ruling: 'returned', reason: '' });
    expect(own?.who).toMatch(/^What you wrote/);
  });
});

describe('one author’s late work', () => {
  it('is decided about in the pieces that were shown and still wait', () => {
    expect(workOf(view(), TODAY).waiting).toEqual(['w1']);
    expect(workOf(view({ pieces: [{ ...piece, ruling: 'returned', decided_by: 'K', decided_civil: '2026-11-24 09:30' }] }), TODAY).waiting).toEqual([]);
  });

  it('says what accepting would make of it, in every state of the note', () => {
    const words = ['none', 'draft', 'signed', 'voided'].map((state) => workOf(view({ note_state: state }), TODAY).accepting);
    expect(new Set(words).size).toBe(4);
    expect(words.every((sentence) => sentence !== '')).toBe(true);
    expect(words[2]).toContain('does not change');
  });

  it('shows words as they were written and days as people say them', () => {
    const [plan, day] = workOf(view(), TODAY).texts;
    expect(plan?.text).toBe('Weekly.');
    expect(day?.text).not.toBe('2026-11-20');
  });

  it('says who decided, when, as what, and why', () => {
    const [, decided] = workOf(view(), TODAY).pieces;
    expect(decided?.decided).toMatch(/^Accepted beside the draft.*Kemi Adeyemi, today/);
    expect(decided?.reason).toBe('Hers');
  });
});
