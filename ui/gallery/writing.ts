import type { AddendumView, AddendumWriteInput, BranchView, CallName, Calls, ChangeView, ConflictRow, Edited, FieldView, FindingView, NoteRow, NoteView, ProfileView, SectionView } from '../src/backend/generated/api';
import { ANSWERS, appearance, pad, Refused } from './practice';

/** The notes of the invented practice: one to write, one to settle, one to confirm, one to add to. */

type Answers = { readonly [K in CallName]?: (input: Calls[K]['input']) => Calls[K]['output'] };

const address = new URLSearchParams(window.location.search);
const PASSWORD = 'violet harbours';
const done = (id: string, more: Partial<ChangeView> = {}): ChangeView => ({ id, outcome: 'applied', provisional: false, sync: 'saved', ...more });

const row = (note_id: string, client_name: string, service_date: string, more: Partial<NoteRow> = {}): NoteRow => ({
  note_id,
  client_id: 'c0',
  client_name,
  note_type: 'progress',
  format: 'soap',
  title: 'Progress note (SOAP)',
  author: 'Alma Reyes, LPC',
  is_mine: true,
  service_date,
  start: '10:00',
  end: '10:50',
  standing: 'draft',
  due: '2026-11-24',
  due_hours: 70 as never,
  gist: '',
  open_addenda: 0,
  sync: 'saved',
  ...more,
});

const section = (key: string, label: string, hint: string, text: string, more: Partial<SectionView> = {}): SectionView => ({ key, label, hint, text, pulled_from: null, combined: null, ...more });

const choices = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([value, label]) => ({ value, label }));
const field = (key: string, label: string, kind: string, value: string, given: FieldView['choices'] = []): FieldView => ({ key, label, kind, value, choices: given });

const FIELDS: readonly FieldView[] = [
  field('service_date', 'Date of service', 'date', '2026-11-21'),
  field('start_time', 'Start', 'time', '10:00'),
  field('end_time', 'End', 'time', '10:50'),
  field('zone', 'Time zone', 'zone', 'America/New_York'),
  field('modality', 'Met', 'choice', 'in_person', choices(['in_person', 'In person'], ['video', 'By video'], ['phone', 'By telephone'])),
  field('place', 'Place', 'text', 'Room 2'),
  field('participants', 'Who took part', 'text', ''),
  field('risk_level', 'Level of risk', 'choice', 'low', choices(['none', 'None found'], ['low', 'Low'], ['moderate', 'Moderate'], ['high', 'High'])),
  field('late_reason', 'Why this note is late', 'text', ''),
  field('risk_intervention', 'What was done about the risk', 'text', ''),
  field('safety_plan_reviewed', 'Safety plan reviewed', 'choice', '', choices(['yes', 'Yes'], ['no', 'No'])),
  field('service_code', 'Service code', 'text', '90834'),
  field('attendance', 'Attendance', 'choice', 'present', choices(['present', 'Present'], ['late', 'Came late'])),
  field('diagnosis_deferred_reason', 'Why the diagnosis is deferred', 'text', ''),
  field('no_goal_reason', 'Why no goal was addressed', 'text', ''),
];

const DIAGNOSES = [
  { diagnosis_id: 'x1', code: 'F42.2', description: 'Mixed obsessional thoughts and acts', rank: 1, noted_on: '2024-03-11', ended_on: null },
  { diagnosis_id: 'x2', code: 'F51.05', description: 'Insomnia due to other mental disorder', rank: 2, noted_on: '2025-06-02', ended_on: null },
];

const SUBJECTIVE = 'Says the week was “quieter than I deserve”. Slept five to six hours, woke twice to check the door. Went back to the allotment on Sunday for the first time since spring and stayed an hour.';
const OBJECTIVE = 'On time, casually dressed. Speech slow at first, then freer. Affect fuller than on the 14th; smiled when he described the allotment.';
const ASSESSMENT = 'Checking has the function of postponing sleep rather than preventing harm. He can name this now without being led to it.';

const blank = (of: NoteRow, sections: readonly SectionView[], more: Partial<NoteView> = {}): NoteView => ({
  row: of,
  revision: 3,
  sections: [...sections],
  fields: FIELDS.map((one) => ({ ...one, value: one.key === 'service_date' ? (of.service_date ?? '') : one.value })),
  diagnoses: DIAGNOSES.slice(0, 1),
  chart_diagnoses: DIAGNOSES,
  findings: [],
  rules: 14,
  branches: [],
  signature: null,
  addenda: [],
  addendum_statement: 'I wrote this addendum to a signed note.',
  refused_signatures: [],
  void_reason: null,
  appointment: null,
  previous_note_id: 'n1',
  is_editable: true,
  text_hash: '9f3a41c7',
  ...more,
});

const BRANCH: BranchView = {
  branch_id: 'b1',
  choices: {},
  mine_head: 'This laptop, 2026-11-21 10:06',
  theirs_head: 'Office PC (A. Reyes), 2026-11-21 10:07',
  sections: [
    {
      key: 'plan',
      label: 'Plan',
      part: 'section',
      current: 'Continue weekly sessions. Sleep diary for two weeks, then review whether the wake-up time holds. She will tell her manager about the reduced hours herself. Call on Thursday if panic returns.',
      incoming: 'Continue weekly sessions. Sleep diary until the next session; bring the old one for comparison. She will tell her manager about the reduced hours herself. ',
      passages: [
        { index: 0, kind: 'same', base: 'Continue weekly sessions. ', mine: 'Continue weekly sessions. ', theirs: 'Continue weekly sessions. ' },
        { index: 1, kind: 'differs', base: 'Sleep diary. ', mine: 'Sleep diary for two weeks, then review whether the wake-up time holds. ', theirs: 'Sleep diary until the next session; bring the old one for comparison. ' },
        { index: 2, kind: 'same', base: '', mine: 'She will tell her manager about the reduced hours herself. ', theirs: 'She will tell her manager about the reduced hours herself. ' },
        { index: 3, kind: 'differs', base: '', mine: 'Call on Thursday if panic returns.', theirs: '' },
      ],
    },
    { key: 'risk_level', label: 'Level of risk', part: 'field', current: 'low', incoming: 'moderate', passages: [{ index: 0, kind: 'differs', base: 'none', mine: 'low', theirs: 'moderate' }] },
  ],
};

const LATE: AddendumView = {
  addendum_id: 'd2',
  kind: 'late_entry',
  state: 'draft',
  author: 'Alma Reyes, LPC',
  is_mine: true,
  reason: '',
  sections: [section('plan', 'Plan', '', 'One evening without the second round. Allotment with his sister if the weather holds. Next session November 21.')],
  diffs: [
    {
      key: 'plan',
      label: 'Plan',
      runs: [
        { from: 'same', text: 'One evening without the second round. ' },
        { from: 'removed', text: 'Allotment if the weather holds. ' },
        { from: 'added', text: 'Allotment with his sister if the weather holds. ' },
        { from: 'same', text: 'Next session November 21.' },
      ],
    },
  ],
  device: 'Office PC',
  written_civil: '2026-11-14 12:20',
  dismissed_because: '',
  signature: null,
};

const SIGNATURE = {
  printed_name: 'Alma Reyes',
  credential: 'LPC',
  meaning: 'I am the author of this note, it is complete and accurate to the best of my knowledge.',
  signed_at: '2026-11-14T17:02:00Z',
  signed_civil: '2026-11-14 12:02',
  zone: 'America/New_York',
  received_civil: '2026-11-14 12:03',
  content_hash: '9f3a41c7e02b5d8894c1',
  verification: 'verified',
} as const;

const COMBINED = 'Weekly sessions. Sleep diary until the next session. Breathing exercise in the evening.';

const notes = new Map<string, NoteView>(
  [
    blank(row('n8', 'Teo Quill', '2026-11-21'), [
      section('subjective', 'Subjective', 'What the client reports.', SUBJECTIVE),
      section('objective', 'Objective', 'What you observed and measured.', OBJECTIVE),
      section('assessment', 'Assessment', 'How you understand it today; progress towards goals.', ASSESSMENT, { pulled_from: 'Progress note (SOAP), 2026-11-14' }),
      section('plan', 'Plan', 'What comes next, for you and for the client.', ''),
      section('risk', 'Risk', 'What was asked and what was found; what was done about it.', ''),
    ]),
    blank(row('n20', 'Petra Amsel', '2026-11-19', { standing: 'conflict', sync: 'review' }), [section('plan', 'Plan', '', BRANCH.sections[0]?.current ?? '')], { branches: [BRANCH] }),
    blank(row('n21', 'Noor Halvorsen', '2026-11-20', { standing: 'conflict', sync: 'review' }), [
      section('subjective', 'Subjective', 'What the client reports.', 'Reports two panic attacks since Monday, both on the bus.'),
      section('plan', 'Plan', 'What comes next, for you and for the client.', COMBINED, {
        combined: {
          from: 'Office PC, 2026-11-21 10:07',
          runs: [
            { from: 'base', text: 'Weekly sessions. ' },
            { from: 'ours', text: 'Sleep diary until the next session. ' },
            { from: 'theirs', text: 'Breathing exercise in the evening.' },
          ],
        },
      }),
    ]),
    blank(row('n1', 'Teo Quill', '2026-11-14', { standing: 'signed', due: null, due_hours: null, sync: 'synced', open_addenda: 1 }), [
      section('subjective', 'Subjective', '', 'A poor week. Counted the locks aloud on three evenings so that his sister could hear it from the landing.'),
      section('assessment', 'Assessment', '', ASSESSMENT),
      section('plan', 'Plan', '', 'One evening without the second round. Allotment if the weather holds. Next session November 21.'),
    ], { is_editable: false, signature: SIGNATURE, addenda: [LATE], previous_note_id: null }),
  ].map((view) => [view.row.note_id, view]),
);

function find(id: string): NoteView {
  const view = notes.get(id);
  if (view === undefined) throw new Refused('not_found', 'This note is not on this device. Nothing was changed. Sync, or check that you still have access.');
  return view;
}

/** Sections that something was pulled into: the core never forgets where a text came from. */
const pulled = new Map<string, ReadonlySet<string>>([['n8', new Set(['assessment'])]]);

function findings(view: NoteView): FindingView[] {
  const found: FindingView[] = [];
  if (view.branches.length > 0) found.push({ rule: 'open_conflict', level: 'block', target: 'note', key: 'note', message: 'Two devices’ texts are not settled. Both are kept. Open the conflict and choose.', or_field: null });
  const text = (key: string) => view.sections.find((one) => one.key === key)?.text.trim() ?? '';
  if (text('plan').length < 20) found.push({ rule: 'plan', level: 'block', target: 'section', key: 'plan', message: 'Write what happens next: at least 20 characters.', or_field: null });
  if (view.diagnoses.length === 0) found.push({ rule: 'diagnosis', level: 'block', target: 'note', key: 'diagnoses', message: 'Name a diagnosis, or say why it is deferred.', or_field: 'diagnosis_deferred_reason' });
  if (view.fields.find((one) => one.key === 'risk_level')?.value === 'moderate' && view.fields.find((one) => one.key === 'risk_intervention')?.value === '') {
    found.push({ rule: 'risk', level: 'block', target: 'field', key: 'risk_intervention', message: 'Say what was done about the risk.', or_field: null });
  }
  for (const key of pulled.get(view.row.note_id) ?? []) found.push({ rule: 'pulled_forward', level: 'advice', target: 'section', key, message: 'This text was taken over from an earlier note. Check that it is true of this session.', or_field: null });
  return found;
}

const shown = (id: string): NoteView => {
  const view = find(id);
  return view.is_editable ? { ...view, findings: findings(view) } : view;
};

const toText = (edit: Edited | undefined, old: string) => (edit === undefined ? old : typeof edit === 'string' ? edit : edit.to);

const patch: NonNullable<Answers['note_patch']> = (input) => {
  if (address.get('full') !== null) throw new Refused('disk_full', 'The disk is full. What was saved before is safe. Free some space on this computer.');
  const view = find(input.note_id);
  const marked = new Set([...(pulled.get(input.note_id) ?? []), ...Object.keys(input.pulled_forward)]);
  pulled.set(input.note_id, marked);
  const last = notes.get(view.previous_note_id ?? '')?.sections ?? [];
  const isAsPulled = (key: string, text: string) => marked.has(key) && last.some((one) => one.key === key && one.text === text);
  notes.set(input.note_id, {
    ...view,
    sections: view.sections.map((one) => {
      const text = toText(input.sections[one.key], one.text);
      return { ...one, text, pulled_from: isAsPulled(one.key, text) ? 'Progress note (SOAP), 2026-11-14' : null };
    }),
    fields: view.fields.map((one) => ({ ...one, value: toText(input.fields[one.key], one.value) })),
    diagnoses: [...view.diagnoses.filter((one) => !input.remove_diagnoses.includes(one.diagnosis_id)), ...DIAGNOSES.filter((one) => input.add_diagnoses.includes(one.diagnosis_id))],
  });
  return done(input.note_id);
};

const signedNow = () => ({ ...SIGNATURE, signed_civil: '2026-11-21 10:52', received_civil: null, verification: 'awaiting_receipt' as const });

const check = (password: string) => {
  if (password !== PASSWORD) throw new Refused('wrong_password', 'That is not your password. Nothing was signed or changed. Try again.');
};

const putAddendum = (noteId: string, addendum: AddendumView) => {
  const view = find(noteId);
  notes.set(noteId, { ...view, addenda: [...view.addenda.filter((other) => other.addendum_id !== addendum.addendum_id), addendum] });
};

const ofAddendum = (id: string): readonly [NoteView, AddendumView] => {
  for (const view of notes.values()) {
    const addendum = view.addenda.find((other) => other.addendum_id === id);
    if (addendum) return [view, addendum];
  }
  throw new Refused('not_found', 'This addendum is not here. Nothing was changed.');
};

const conflicts: readonly ConflictRow[] = [
  { note_id: 'n20', client_id: 'c9', client_name: 'Petra Amsel', title: 'Progress note (SOAP)', service_date: '2026-11-19', kind: 'conflict', sections: ['Plan', 'Level of risk'] },
  { note_id: 'n21', client_id: 'c4', client_name: 'Noor Halvorsen', title: 'Progress note (SOAP)', service_date: '2026-11-20', kind: 'combined', sections: ['Plan'] },
  { note_id: 'n1', client_id: 'c0', client_name: 'Teo Quill', title: 'Progress note (SOAP)', service_date: '2026-11-14', kind: 'late_entry', sections: ['Plan'] },
];

const unsigned: readonly NoteRow[] = [
  row('n21', 'Noor Halvorsen', '2026-11-17', { standing: 'ready', due_hours: -25 as never }),
  row('n20', 'Petra Amsel', '2026-11-19', { standing: 'conflict', due_hours: 18 as never }),
  row('n8', 'Teo Quill', '2026-11-21', { start: '10:00' }),
];

let profile: ProfileView = {
  is_enrolled: address.get('profile') !== 'new',
  is_unlocked: address.get('profile') === null,
  practice_name: address.get('profile') === 'new' ? '' : 'Harbour Lane Counselling',
  login: 'areyes',
  secret_place: 'keyring',
  idle_lock_minutes: 10,
  access_ended: null,
  is_damaged: address.get('profile') === 'damaged',
  appearance: appearance(),
};

const open = () => {
  profile = { ...profile, is_enrolled: true, is_unlocked: true };
  const who = ANSWERS.whoami?.({});
  if (!who) throw new Refused('internal', '');
  return who;
};

/** A save of an addendum, while it is typed or complete. */
const writeAddendum = ({ note_id, addendum_id = 'd9', kind = 'addendum', sections, reason }: AddendumWriteInput): ChangeView => {
  const known = find(note_id).addenda.find((other) => other.addendum_id === addendum_id);
  putAddendum(note_id, {
    ...LATE,
    addendum_id,
    kind,
    reason,
    diffs: [],
    device: 'Alma’s laptop',
    written_civil: '2026-11-21 10:06',
    sections: [section('addendum', 'Addendum', '', toText(sections['addendum'], known?.sections[0]?.text ?? ''))],
  });
  return done(addendum_id);
};

export const WRITING: Answers = {
  profile: () => ({ ...profile, appearance: appearance() }),
  lock: () => {
    profile = { ...profile, is_unlocked: false };
    return {};
  },
  unlock: ({ password }) => {
    if (address.get('keyring') === 'locked') throw new Refused('keyring_locked', 'The system’s keyring is locked, so this device’s secret cannot be read. Your notes are safe and unchanged. Unlock the keyring and try again.');
    if (password !== PASSWORD) throw new Refused('wrong_password', 'That password does not open this device. Your notes are safe and unchanged. Try again; if you have forgotten it, your practice can recover this device with its recovery key.');
    return open();
  },
  rebuild: ({ password }) => {
    if (password !== PASSWORD) throw new Refused('wrong_password', 'That password does not open this device. Your notes are safe and unchanged. Try again.');
    profile = { ...profile, is_damaged: false };
    open();
    return { recovered: 2, unreadable: 0, kept_in: '/home/alma/.local/share/mentalspace/damaged/20261121T150600Z', is_unlocked: true };
  },
  recover: () => open(),
  enrol: ({ secret_place }) => {
    if (secret_place !== 'file') throw new Refused('keyring_unavailable', 'The system’s keyring is not running, so this device’s secret cannot be kept there. Nothing was set up and the code is not spent. Install a keyring, or ask your administrator.');
    return open();
  },
  today: (input) => {
    const view = ANSWERS.today?.(input);
    if (!view) throw new Refused('internal', '');
    const waiting = unsigned.filter((one) => find(one.note_id).is_editable);
    return { ...view, unsigned: waiting, unsigned_count: waiting.length, conflicts: conflicts.filter(({ note_id, kind }) => kind !== 'conflict' || find(note_id).branches.length > 0) };
  },
  note_create: () => done('n8'),
  note_show: ({ note_id }) => (notes.has(note_id) ? shown(note_id) : (ANSWERS.note_show?.({ note_id }) ?? find(note_id))),
  note_typing: patch,
  note_patch: patch,
  note_history: ({ note_id }) => ({
    revisions: [
      { revision_id: 'current', number: 3, kind: 'current', device: 'Alma’s laptop', written_civil: '2026-11-21 10:06', sections: {}, fields: {} },
      { revision_id: `${note_id}-2`, number: 2, kind: 'replaced', device: 'Alma’s laptop', written_civil: '2026-11-21 10:02', sections: { subjective: 'Says the week was quiet.' }, fields: { risk_level: 'none' } },
      { revision_id: `${note_id}-1`, number: 1, kind: 'incoming', device: 'Office PC', written_civil: '2026-11-21 09:58', sections: { objective: 'On time, casually dressed.' }, fields: {} },
      ...Array.from({ length: Number(address.get('kept') ?? 6) }, (_, index) => ({
        revision_id: `${note_id}-old-${index}`,
        number: -index,
        kind: 'replaced',
        device: 'Alma’s laptop',
        written_civil: `2026-11-${pad(20 - Math.floor(index / 120))} ${pad(23 - Math.floor((index % 120) / 10))}:${pad(59 - (index % 10) * 4)}`,
        sections: { [index % 3 === 0 ? 'plan' : 'assessment']: index % 4 === 0 ? '' : 'One evening without the second round. Allotment if the weather holds.' },
        fields: {},
      })),
    ],
  }),
  note_restore: ({ note_id }) => done(note_id),
  note_format: ({ note_id, to }) => {
    const view = find(note_id);
    notes.set(note_id, { ...view, row: { ...view.row, format: to, title: `Progress note (${to.toUpperCase()})` } });
    return done(note_id);
  },
  note_confirm: ({ note_id }) => {
    const view = find(note_id);
    notes.set(note_id, { ...view, sections: view.sections.map((one) => ({ ...one, combined: null })) });
    return done(note_id);
  },
  note_resolve: ({ note_id, sections }) => {
    const view = find(note_id);
    notes.set(note_id, { ...view, branches: [], row: { ...view.row, standing: 'draft', sync: 'saved' }, sections: view.sections.map((one) => ({ ...one, text: toText(sections[one.key], one.text) })) });
    return done(note_id);
  },
  note_choices: ({ note_id, branch_id, choices }) => {
    const view = find(note_id);
    notes.set(note_id, { ...view, branches: view.branches.map((branch) => (branch.branch_id === branch_id ? { ...branch, choices } : branch)) });
    return {};
  },
  note_preview: ({ note_id }) => {
    const view = shown(note_id);
    return {
      statement: 'By signing I state that I am the author of this note, that the service took place as stated, and that the note is complete and accurate to the best of my knowledge.',
      printed_name: 'Alma Reyes',
      credential: 'LPC',
      sections: [
        ...view.fields.filter((one) => one.value !== '').map((one) => ({ from: one.label, text: one.value })),
        ...view.sections.filter((one) => one.text !== '').map((one) => ({ from: one.label, text: one.text })),
      ],
      content_hash: '77c0be51aa094d2f9e13',
      diagnoses: view.diagnoses,
      blocking: view.findings.filter((one) => one.level === 'block'),
    };
  },
  note_sign: ({ note_id, password }) => {
    check(password);
    const view = find(note_id);
    notes.set(note_id, { ...view, is_editable: false, signature: signedNow(), row: { ...view.row, standing: 'awaiting_receipt', due: null, due_hours: null, sync: 'waiting' } });
    return done(note_id, { sync: 'waiting' });
  },
  note_void: ({ note_id, reason }) => {
    const view = find(note_id);
    notes.set(note_id, { ...view, is_editable: false, void_reason: reason, row: { ...view.row, standing: 'voided' } });
    return done(note_id);
  },
  addendum_typing: writeAddendum,
  addendum_write: writeAddendum,
  addendum_sign: ({ addendum_id, password }) => {
    check(password);
    const [view, addendum] = ofAddendum(addendum_id);
    putAddendum(view.row.note_id, { ...addendum, state: 'signed', signature: signedNow() });
    return done(addendum_id);
  },
  addendum_dismiss: ({ addendum_id, reason }) => {
    const [view, addendum] = ofAddendum(addendum_id);
    putAddendum(view.row.note_id, { ...addendum, state: 'dismissed', dismissed_because: reason });
    return done(addendum_id);
  },
  search: ({ query }) =>
    'teo quill allotment'.includes(query.toLowerCase())
      ? [
          { kind: 'note', client_id: 'c0', client_name: 'Teo Quill', note_id: 'n8', title: 'Progress note (SOAP)', service_date: '2026-11-21', snippet: 'Went back to the allotment on Sunday for the first time since spring' },
          { kind: 'addendum', client_id: 'c0', client_name: 'Teo Quill', note_id: 'n1', title: 'Late entry', service_date: '2026-11-14', snippet: 'Allotment with his sister if the weather holds' },
        ]
      : [],
};
