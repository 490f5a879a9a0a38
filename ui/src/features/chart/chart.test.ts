import { describe, expect, it } from 'vitest';

import type { AppointmentView, ChartView, NoteRow } from '../../backend/generated/api';
import { clientRow } from '../../backend/testing';
import { changed, rebased } from './edits';
import { chartHead, chartTab, clinicalGap, unseenNow } from './head';
import { chartHistory, lastPlanned, parted } from './history';
import { contactEntry, contactInput, isBegun, NEW_CONTACT, NEW_POLICY } from './model';

const TODAY = '2026-11-21';

const note = (note_id: string, service_date: string, more: Partial<NoteRow> = {}): NoteRow => ({
  note_id,
  client_id: 'c',
  client_name: '',
  note_type: 'progress',
  format: 'soap',
  title: 'Progress note (SOAP)',
  author: 'A. Reyes',
  is_mine: true,
  service_date,
  start: '10:00',
  end: '10:50',
  standing: 'signed',
  due: null,
  due_hours: null,
  gist: '',
  open_addenda: 0,
  sync: 'synced',
  ...more,
});

const visit = (appointment_id: string, date: string, start: string, status: string, note_id: string | null = null): AppointmentView => ({
  appointment_id,
  client_id: 'c',
  client_name: '',
  clinician_id: 'u',
  clinician_name: '',
  date,
  start,
  end: '23:00',
  zone: 'America/New_York',
  service: 'Individual therapy',
  modality: 'in_person',
  place: '',
  video_link: '',
  status,
  cancel_reason: status === 'cancelled' ? 'Ill' : '',
  note_id,
  standing: 'none',
  sync: 'synced',
  tentative: false,
});

const chart = (more: Partial<ChartView> = {}): ChartView => ({
  client: clientRow({ client_id: 'c', name: 'Teo Quill', sort_name: 'Quill, Teo', find: '', pronouns: 'he/him', birth_date: '1985-04-03', age: 41, chart_number: 'HL-1002' }),
  facts: { given_name: 'Teodor', preferred_name: 'Teo', family_name: 'Quill' },
  contacts: [],
  insurance: [],
  replaced: [],
  merged_into: null,
  diagnoses: [],
  appointments: [],
  notes: [],
  assignments: [],
  clinical: 'ready',
  as_of: '2026-11-21 09:24',
  may: { edit: true, schedule: true, assign: false, write: true, diagnose: true },
  ...more,
});

describe('the head of a chart', () => {
  it('says who it is, the name on paper where it differs, and how fresh all of it is', () => {
    const head = chartHead(chart(), TODAY);
    expect(head.facts[0]).toBe('on paper Teodor Quill');
    expect(head.facts[2]).toMatch(/^41, born /);
    expect(head.asOf).toMatch(/^As of today, 9:24/);
    expect(head.alerts).toEqual([]);
    expect(chartHead(chart({ as_of: null }), TODAY).asOf).toMatch(/Never/);
    expect(chartHead(chart({ facts: { given_name: 'Teo', family_name: 'Quill' } }), TODAY).facts[0]).toBe('he/him');
  });

  it('warns of a minor without a guardian, and stops once there is one', () => {
    const minor = chart({ client: { ...chart().client, age: 15 } });
    expect(chartHead(minor, TODAY).alerts.map((alert) => alert.id)).toEqual(['guardian']);
    const guardian = { id: 'k', name: 'N.', relationship: '', phone: '', email: '', emergency: false, guardian: true };
    expect(chartHead({ ...minor, contacts: [guardian] }, TODAY).alerts).toEqual([]);
  });

  it('leads to the note that an alert is about: the one to review, the longest overdue', () => {
    const view = chart({
      client: { ...chart().client, overdue: 2 },
      // Numbers on their way here; the generated type says bigint.
      notes: [note('c', '2026-11-20', { standing: 'conflict' }), note('b', '2026-11-10', { standing: 'draft', due_hours: -3 as never }), note('a', '2026-11-01', { standing: 'draft', due_hours: -200 as never }), note('s', '2026-10-01')],
    });
    expect(chartHead(view, TODAY).alerts.map((alert) => [alert.id, alert.noteId])).toEqual([
      ['review', 'c'],
      ['overdue', 'a'],
    ]);
  });

  it('speaks of a fact replaced unseen until somebody has changed it with open eyes', () => {
    const unseen = { field: 'phone', value: '1', by: 'P. N.', at: '2026-11-20T10:00:00+00:00', unseen: true };
    const seen = { field: 'phone', value: '2', by: 'A. R.', at: '2026-11-21T10:00:00+00:00', unseen: false };
    expect(unseenNow([unseen])).toEqual([unseen]);
    expect(unseenNow([seen, unseen])).toEqual([]);
  });

  it('knows what part of a chart can be missing, and treats an unknown word as missing', () => {
    expect([clinicalGap('ready'), clinicalGap('local')]).toEqual([null, null]);
    expect([clinicalGap('loading')?.level, clinicalGap('repair')?.level, clinicalGap('anything')?.level]).toEqual(['some', 'some', 'some']);
    expect(clinicalGap('not_held')?.level).toBe('none');
    expect(chartTab('anything')).toBe('overview');
    expect(chartTab('team')).toBe('team');
  });
});

describe('what happened', () => {
  it('tells an appointment and its note once, and leaves out what is still to come', () => {
    const view = chart({
      notes: [note('n1', '2026-11-14'), note('n2', '2026-11-12', { title: 'Contact', note_type: 'contact', format: null })],
      appointments: [visit('a2', '2026-11-28', '10:00', 'booked'), visit('a1', '2026-11-14', '10:00', 'completed', 'n1')],
    });
    const history = chartHistory(view, TODAY);
    expect(history.map((found) => found.id)).toEqual(['a1', 'n2']);
    expect(history[0]?.noteId).toBe('n1');
  });

  it('orders a day by its clock, and says what a missing note is', () => {
    const history = chartHistory(chart({ appointments: [visit('a', '2026-11-14', '09:00', 'no_show'), visit('b', '2026-11-14', '15:00', 'completed')] }), TODAY);
    expect(history.map((found) => [found.id, found.tone])).toEqual([
      ['b', 'ochre'],
      ['a', 'ochre'],
    ]);
    expect(history[0]?.detail).toBe('No note yet');
  });

  it('takes the plan from the newest signed note that can hold one', () => {
    const notes = [note('d', '2026-11-21', { standing: 'draft' }), note('c', '2026-11-20', { note_type: 'contact' }), note('x', '2026-11-19', { format: 'narrative' }), note('s', '2026-11-14')];
    expect(lastPlanned(notes)?.note_id).toBe('s');
    expect(lastPlanned(notes.slice(0, 2))).toBeNull();
  });

  it('parts appointments at now: a booked one of today is still ahead, a completed one is not', () => {
    const { ahead, behind } = parted([visit('x', '2026-11-22', '10:00', 'booked'), visit('y', TODAY, '09:00', 'booked'), visit('z', TODAY, '08:00', 'completed'), visit('w', '2026-11-01', '08:00', 'completed')], TODAY);
    expect(ahead.map((entry) => entry.appointment_id)).toEqual(['y', 'x']);
    expect(behind.map((entry) => entry.appointment_id)).toEqual(['z', 'w']);
  });
});

describe('editing', () => {
  it('sends what changed and what stood there before', () => {
    expect(changed({ phone: '1', email: 'a@b' }, { phone: ' 2 ', email: 'a@b', gender: '' })).toEqual({ phone: { from: '1', to: '2' } });
  });

  it('puts back nothing that somebody else has changed meanwhile', () => {
    const begun = contactEntry({ id: 'k', name: 'Ines', relationship: 'Sister', phone: '1', email: '', emergency: true, guardian: false });
    const mine = { ...begun, name: 'Inês' };
    const standing = { ...begun, phone: '2' };
    expect(rebased(begun, mine, standing)).toMatchObject({ name: 'Inês', phone: '2', emergency: 'yes' });
    expect(rebased(begun, mine, undefined)).toEqual(mine);
  });

  it('keeps every part of a contact on its way through the form', () => {
    const contact = { id: 'k', name: 'Ines', relationship: 'Sister', phone: '1', email: 'i@q', emergency: true, guardian: false };
    expect(contactInput(contactEntry(contact), 'k')).toEqual(contact);
    expect([isBegun(NEW_CONTACT), isBegun(NEW_POLICY), isBegun({ ...NEW_POLICY, payer: 'x' })]).toEqual([false, false, true]);
  });
});
