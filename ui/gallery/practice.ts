import type {
  ApiError,
  AppointmentView,
  CallName,
  Calls,
  ChangeView,
  ChartView,
  ClientRow,
  Code,
  ContactView,
  DeviceRow,
  InsuranceView,
  JournalEntry,
  NoteRow,
  NoteView,
  QuarantinedView,
  QuarantineRow,
  QuarantineView,
  SettingsView,
  StatusView,
  UserRow,
  Whoami,
} from '../src/backend/generated/api';

/**
 * A practice that does not exist, kept in memory while the gallery is open: enough of every answer that the
 * screens can be walked through in a browser. What the application really decides is proven where it decides.
 */

const TODAY = '2026-11-21';

type Answers = { readonly [K in CallName]?: (input: Calls[K]['input']) => Calls[K]['output'] };

/** Refuses as the application does. */
export class Refused extends Error {
  readonly error: ApiError;

  constructor(code: Code, message: string, field_errors: ApiError['field_errors'] = []) {
    super(message);
    this.error = { code, message, field_errors, retryable: false };
  }
}

const address = new URLSearchParams(window.location.search);
const ROLES = address.get('roles')?.split(',') ?? ['clinician'];

const WHO: Whoami = {
  user_id: 'u1',
  display_name: 'Alma Reyes',
  credential: 'LPC',
  login: 'areyes',
  roles: ROLES,
  device_id: 'd1',
  practice_id: 'p1',
  practice_name: 'Harbour Lane Counselling',
  zone: 'America/New_York',
  today: TODAY,
  clock: '10:06',
  idle_lock_minutes: 10,
};

const USERS: readonly UserRow[] = [
  { user_id: 'u1', display_name: 'Alma Reyes', credential: 'LPC', roles: ROLES },
  { user_id: 'u2', display_name: 'Jonah Rivera', credential: 'LCSW', roles: ['clinician', 'supervisor'] },
  { user_id: 'u3', display_name: 'Kemi Adeyemi', credential: 'LMFT', roles: ['clinician'] },
  { user_id: 'u4', display_name: 'Priya Nair', credential: '', roles: ['front_desk'] },
];

const GIVEN = ['Maren', 'Iliana', 'Teodor', 'Ansel', 'Noor', 'Wren', 'Bram', 'Sol', 'Dara', 'Petra', 'Emil', 'Anneliese', 'Siobhán'];
const FAMILY = ['Oduya', 'Vogt', 'Quill', 'Brightwater', 'Halvorsen', 'Castellan', 'Okafor', 'Marchetti', 'Lindqvist', 'Amsel', 'Santoro'];
const SYNCS = ['synced', 'synced', 'synced', 'synced', 'waiting', 'synced', 'synced', 'synced', 'synced', 'saved', 'synced', 'synced', 'failed'] as const;
const MANY = Number(address.get('clients') ?? 143);

export const pad = (number: number, width = 2) => String(number).padStart(width, '0');

let clients: readonly ClientRow[] = Array.from({ length: MANY }, (_, index) => {
  const given = GIVEN[(index + 2) % GIVEN.length] ?? '';
  const family = FAMILY[(index * 3 + 2) % FAMILY.length] ?? '';
  const preferred = index === 0 ? 'Teo' : given;
  const month = 1 + (index % 11);
  return {
    client_id: `c${index}`,
    name: `${preferred} ${family}`,
    sort_name: `${family} ${preferred} ${pad(index, 5)}`,
    find: `${given} ${preferred} ${family}`.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase(),
    pronouns: ['he/him', 'she/her', 'they/them', ''][index % 4] ?? '',
    birth_date: index === 0 ? '1985-04-03' : `${1956 + (index % 50)}-${pad(month)}-${pad(1 + (index % 27))}`,
    age: index === 0 ? 41 : 2026 - (1956 + (index % 50)),
    chart_number: `HL-${1002 + index}`,
    status: index % 11 === 10 ? 'inactive' : index % 37 === 36 ? 'discharged' : 'active',
    clinicians: [USERS[index % 3]?.display_name ?? ''],
    last_seen: index % 9 === 8 ? null : `2026-${pad(11 - (index % 3))}-${pad(20 - (index % 19))}`,
    next: index % 4 === 3 ? null : `2026-11-${pad(21 + (index % 8))} ${pad(9 + (index % 8))}:00`,
    drafts: index % 6 === 1 ? 1 : 0,
    overdue: index % 12 === 7 ? 1 : 0,
    sync: SYNCS[index % SYNCS.length] ?? 'synced',
  };
});

const appointment = (id: string, date: string, start: string, end: string, who: number, more: Partial<AppointmentView> = {}): AppointmentView => ({
  appointment_id: id,
  client_id: `c${who}`,
  client_name: clients[who]?.name ?? '',
  clinician_id: 'u1',
  clinician_name: 'Alma Reyes',
  date: `2026-11-${date}`,
  start,
  end,
  zone: WHO.zone,
  service: 'Individual therapy',
  modality: 'in_person',
  place: 'Room 2',
  video_link: '',
  status: 'booked',
  cancel_reason: '',
  note_id: null,
  standing: 'none',
  sync: 'synced',
  tentative: false,
  ...more,
});

const busy = (id: string, date: string, start: string, end: string, clinician_id: string): AppointmentView =>
  appointment(id, date, start, end, 0, {
    client_id: '',
    client_name: '',
    service: '',
    place: '',
    status: 'busy',
    clinician_id,
    clinician_name: USERS.find((user) => user.user_id === clinician_id)?.display_name ?? '',
  });

let agenda: readonly AppointmentView[] = [
  appointment('a1', '16', '09:00', '09:50', 1, { status: 'completed', note_id: 'n3', standing: 'signed' }),
  appointment('a2', '16', '10:00', '10:50', 7, { status: 'completed', note_id: 'n4', standing: 'signed' }),
  appointment('a3', '17', '09:00', '10:15', 6, { status: 'no_show', service: 'Intake' }),
  appointment('a4', '17', '13:00', '13:50', 3, { status: 'completed', standing: 'draft', note_id: 'n2', modality: 'phone', place: '' }),
  appointment('a5', '18', '11:00', '11:50', 9, { status: 'cancelled', cancel_reason: 'Ill' }),
  appointment('a6', '18', '11:00', '11:50', 8, { status: 'completed', note_id: 'n5', standing: 'awaiting_receipt', sync: 'waiting' }),
  appointment('a7', '19', '08:30', '09:20', 10, { sync: 'review' }),
  appointment('a8', '20', '14:00', '14:30', 3, { service: 'Check-in', sync: 'failed' }),
  appointment('a9', '21', '08:00', '08:50', 1, { status: 'completed', note_id: 'n6', standing: 'signed' }),
  appointment('a10', '21', '09:00', '09:50', 4, { status: 'completed', standing: 'draft', note_id: 'n7', modality: 'video', place: '', video_link: 'https://meet.example/room' }),
  appointment('a11', '21', '10:00', '10:50', 0, { status: 'checked_in' }),
  appointment('a12', '21', '11:00', '11:30', 3, { service: 'Check-in', modality: 'phone', place: '' }),
  appointment('a13', '21', '13:00', '14:15', 5, { service: 'Couples', tentative: true, sync: 'waiting' }),
  appointment('a14', '14', '10:00', '10:50', 0, { status: 'completed', note_id: 'n1', standing: 'signed' }),
  appointment('a15', '22', '10:00', '10:50', 0, { modality: 'video', place: '', video_link: 'https://meet.example/room' }),
  busy('b1', '16', '09:30', '10:45', 'u2'),
  busy('b2', '19', '09:00', '10:00', 'u2'),
  busy('b3', '21', '10:00', '11:00', 'u2'),
  busy('b4', '21', '14:00', '15:30', 'u2'),
  busy('b5', '21', '09:00', '09:50', 'u3'),
  busy('b6', '21', '11:00', '11:50', 'u3'),
];

const note = (id: string, service_date: string, gist: string, more: Partial<NoteRow> = {}): NoteRow => ({
  note_id: id,
  client_id: 'c0',
  client_name: clients[0]?.name ?? '',
  note_type: 'progress',
  format: 'soap',
  title: 'Progress note (SOAP)',
  author: 'Alma Reyes, LPC',
  is_mine: true,
  service_date,
  start: '10:00',
  end: '10:50',
  standing: 'signed',
  due: null,
  due_hours: null,
  gist,
  open_addenda: 0,
  sync: 'synced',
  ...more,
});

const NOTES: readonly NoteRow[] = [
  note('n8', '2026-11-21', 'Says the week was quieter than he deserves.', { standing: 'draft', sync: 'saved', due: '2026-11-24', due_hours: 70 as never }),
  note('n1', '2026-11-14', 'A poor week. Counted the locks aloud on three evenings.', { open_addenda: 1 }),
  note('n9', '2026-11-12', 'His sister called about the evenings.', { note_type: 'contact', format: null, title: 'Contact', start: '16:10', end: '16:25' }),
  note('n10', '2026-11-07', 'Slept five to six hours, woke twice to check the door.'),
  note('n11', '2026-10-31', 'Went back to the allotment on Sunday for the first time since spring.'),
  ...Array.from({ length: Number(address.get('notes') ?? 60) }, (_, index) => {
    const month = 10 - Math.floor(index / 4);
    return note(`m${index}`, `${2026 + Math.floor((month - 1) / 12)}-${pad(((((month - 1) % 12) + 12) % 12) + 1)}-${pad(28 - (index % 4) * 7)}`, 'Named the function of the checking without being led to it.');
  }),
];

const contacts: ContactView[] = [
  { id: 'k1', name: 'Ines Quill', relationship: 'Sister', phone: '(555) 010-4471', email: '', emergency: true, guardian: false },
  { id: 'k2', name: 'Dr. H. Mwangi', relationship: 'Physician', phone: '(555) 010-9920', email: 'office@mwangi.example', emergency: false, guardian: false },
];

const insurance: InsuranceView[] = [{ id: 'i1', payer: 'Harbour Mutual', member_id: 'HM-44 190 27', group_number: '0071', policy_holder: '', rank: 1 }];

let facts: Record<string, string> = {
  given_name: 'Teodor',
  family_name: 'Quill',
  preferred_name: 'Teo',
  pronouns: 'he/him',
  birth_date: '1985-04-03',
  gender: 'Man',
  phone: '(555) 010-2204',
  email: 'teo.quill@example.org',
  address: '14 Ropewalk\nHarbour Lane',
  language: 'English',
  chart_number: 'HL-1002',
  referral_note: 'Checking at night, poor sleep',
  status: 'active',
};

const chart = (clientId: string): ChartView => {
  const client = clients.find((row) => row.client_id === clientId);
  if (!client) throw new Refused('not_found', 'This record is not on this device. Nothing is lost. Sync, or ask your practice manager for access.');
  const own = clientId === 'c0';
  const words = client.name.split(' ');
  return {
    client,
    facts: own ? facts : { given_name: words[0] ?? '', family_name: words[1] ?? '', birth_date: client.birth_date ?? '', chart_number: client.chart_number, status: client.status },
    contacts: own ? contacts : [],
    insurance: own ? insurance : [],
    replaced: own ? [{ field: 'phone', value: '(555) 010-7788', by: 'Priya Nair', at: '2026-11-20T21:12:00Z', unseen: true }] : [],
    merged_into: clientId === 'c2' ? 'c0' : null,
    diagnoses: own
      ? [
          { diagnosis_id: 'x1', code: 'F42.2', description: 'Mixed obsessional thoughts and acts', rank: 1, noted_on: '2024-03-11', ended_on: null },
          { diagnosis_id: 'x2', code: 'F51.05', description: 'Insomnia due to other mental disorder', rank: 2, noted_on: '2025-06-02', ended_on: null },
          { diagnosis_id: 'x3', code: 'F43.21', description: 'Adjustment disorder with depressed mood', rank: 3, noted_on: '2024-03-11', ended_on: '2024-09-30' },
        ]
      : [],
    appointments: agenda.filter((entry) => entry.client_id === clientId).toSorted((one, other) => other.date.localeCompare(one.date)),
    notes: own ? [...NOTES] : [],
    assignments: [
      { assignment_id: 's1', clinician_id: 'u1', clinician_name: 'Alma Reyes', reason: 'treating', from: '2024-03-11', until: null, ended_on: null, is_over: false },
      { assignment_id: 's2', clinician_id: 'u3', clinician_name: 'Kemi Adeyemi', reason: 'covering', from: '2026-07-01', until: '2026-07-21', ended_on: null, is_over: true },
    ],
    clinical: address.get('clinical') ?? 'ready',
    as_of: '2026-11-21 09:24',
    may: { edit: true, schedule: true, assign: ROLES.some((role) => role === 'supervisor' || role === 'practice_manager'), write: true, diagnose: true },
  };
};

const shown = (noteId: string): NoteView => ({
  row: NOTES.find((row) => row.note_id === noteId) ?? note(noteId, '2026-11-16', ''),
  revision: 4,
  sections: [
    { key: 'subjective', label: 'Subjective', hint: '', text: 'A poor week. Counted the locks aloud on three evenings so that his sister could hear it from the landing.', pulled_from: null, combined: null },
    { key: 'assessment', label: 'Assessment', hint: '', text: 'Checking has the function of postponing sleep rather than preventing harm. He can name this now without being led to it.', pulled_from: null, combined: null },
    { key: 'plan', label: 'Plan', hint: '', text: 'One evening without the second round. Allotment if the weather holds. Next session November 21.', pulled_from: null, combined: null },
  ],
  fields: [],
  diagnoses: [],
  chart_diagnoses: [],
  findings: [],
  rules: 8,
  branches: [],
  signature: {
    printed_name: 'Alma Reyes',
    credential: 'LPC',
    meaning: 'author',
    signed_at: '2026-11-14T17:02:00Z',
    signed_civil: '2026-11-14 12:02',
    zone: WHO.zone,
    received_civil: '2026-11-14 12:03',
    content_hash: '9f3a41c7e02b5d88',
    verification: 'verified',
  },
  addenda: [],
  addendum_statement: 'I wrote this addendum to a signed note.',
  refused_signatures: [],
  void_reason: null,
  appointment: null,
  previous_note_id: null,
  is_editable: false,
  text_hash: '9f3a41c7',
});

const journal: readonly JournalEntry[] = [
  ['2026-11-21 10:06', 'note.patch', 'local', 'Saved on this device. It goes out with the next connection.', false],
  ['2026-11-21 09:51', 'appointment.cancel', 'rejected', 'Meanwhile this appointment was marked as completed, so it was not cancelled. If that is wrong, set it back to booked first.', true],
  ['2026-11-21 09:24', 'note.sign', 'applied', 'Received by the server.', false],
  ['2026-11-21 09:20', 'note.patch', 'merged', 'Edits of two devices were combined. Confirm the marked sentences before signing.', true],
  ['2026-11-20 17:40', 'note.patch', 'parked', 'The same passage was changed on another device. Both texts are kept; choose one.', true],
  ['2026-11-20 17:31', 'note.patch', 'converted', 'The note was signed meanwhile. The words became the draft of an addendum.', true],
  ['2026-11-20 17:02', 'client.update', 'applied', 'The record was changed.', false],
  ['2026-11-20 16:55', 'appointment.book', 'applied', 'Booked.', false],
  ['2026-11-20 16:40', 'diagnosis.add', 'noop', 'This diagnosis is on the chart already.', false],
].map(([at_civil, name, outcome, detail, needs_review], index) => ({
  entry: (900 - index) as never,
  at: '2026-11-21T15:06:00Z',
  at_civil: String(at_civil),
  name: String(name),
  outcome: String(outcome),
  detail: String(detail),
  note_id: String(name).startsWith('note') ? 'n1' : null,
  client_id: 'c0',
  needs_review: needs_review === true,
}));

let devices: readonly DeviceRow[] = [
  { device_id: 'd1', user_name: 'Alma Reyes', name: 'Alma’s laptop', status: 'active', last_contact: '2026-11-21 09:24', unsent: 3, is_this: true },
  { device_id: 'd2', user_name: 'Alma Reyes', name: 'Office PC', status: 'active', last_contact: '2026-11-20 17:58', unsent: 0, is_this: false },
  { device_id: 'd3', user_name: 'Alma Reyes', name: 'Old laptop', status: 'draining', last_contact: '2026-10-02 08:14', unsent: 2, is_this: false },
  { device_id: 'd4', user_name: 'Alma Reyes', name: 'Tablet', status: 'revoked', last_contact: '2026-05-30 18:40', unsent: 0, is_this: false },
];

const status = (): StatusView => ({
  state: address.has('online') ? 'synced' : 'waiting',
  is_online: address.has('online'),
  is_syncing: false,
  outbox: address.has('online') ? 0 : 3,
  oldest_pending: address.has('online') ? null : '2026-11-21T14:26:00Z',
  last_sync: '2026-11-21T14:24:00Z',
  last_sync_civil: '2026-11-21 09:24',
  message: address.has('online') ? null : 'The server cannot be reached. What you write is saved on this device and goes out by itself.',
  notes: { n8: 'saved', n5: 'waiting', n7: 'failed' },
  needs_review: 2,
  buckets_ready: 142,
  buckets: 143,
  sign_in_needed: false,
  alarm: false,
});

let settings: SettingsView = {
  theme: address.get('theme') ?? 'system',
  contrast: address.get('contrast') ?? 'system',
  motion: 'system',
  zoom: Number(address.get('zoom') ?? 100),
  idle_lock_minutes: 10,
  notifications: 'generic',
  default_format: 'soap',
  show_inactive: false,
};

const CODES = [
  ['F32.0', 'Major depressive disorder, single episode, mild'],
  ['F32.1', 'Major depressive disorder, single episode, moderate'],
  ['F33.1', 'Major depressive disorder, recurrent, moderate'],
  ['F40.10', 'Social phobia, unspecified'],
  ['F41.1', 'Generalized anxiety disorder'],
  ['F42.2', 'Mixed obsessional thoughts and acts'],
  ['F43.10', 'Post-traumatic stress disorder, unspecified'],
  ['F51.05', 'Insomnia due to other mental disorder'],
].map(([code = '', description = '']) => ({ code, description }));

const done = (id: string, more: Partial<ChangeView> = {}): ChangeView => ({ id, outcome: 'applied', provisional: false, sync: 'saved', ...more });
let made = 0;

const at = (id: string): AppointmentView => {
  const found = agenda.find((entry) => entry.appointment_id === id);
  if (!found) throw new Refused('not_found', 'This appointment is not here. Nothing was changed.');
  return found;
};
const put = (entry: AppointmentView) => {
  agenda = [...agenda.filter((other) => other.appointment_id !== entry.appointment_id), entry];
  return done(entry.appointment_id);
};
const taken = (id: string, clinician: string, date: string, start: string, end: string) =>
  agenda.some((other) => other.appointment_id !== id && other.clinician_id === clinician && other.status !== 'cancelled' && other.date === date && start < other.end && other.start < end);
const SLOT = 'You have another appointment at that time. Nothing was booked. Choose another time, or book it beside the other on purpose.';

const FIELD_OF: Readonly<Record<string, string>> = { first: 'given_name', last: 'family_name', dob: 'birth_date', phone: 'phone', email: 'email', mrn: 'chart_number' };

const preview: Answers['import_preview'] = ({ csv, mapping }) => {
  const [head = '', ...lines] = csv.trim().split(/\r?\n/);
  const columns = head.split(',').map((column) => column.trim());
  if (columns.length < 2) throw new Refused('invalid', 'This is not a table with a heading line. Nothing was brought in. Export the list as CSV and try again.');
  const given = Object.keys(mapping).length > 0 ? mapping : Object.fromEntries(columns.flatMap((column) => (FIELD_OF[column.toLowerCase()] === undefined ? [] : [[column, FIELD_OF[column.toLowerCase()] ?? '']])));
  const rows = lines.map((line, index) => {
    const cells = line.split(',');
    const read = Object.fromEntries(columns.flatMap((column, place) => (given[column] === undefined ? [] : [[given[column], cells[place]?.trim() ?? '']])));
    const name = `${read['given_name'] ?? ''} ${read['family_name'] ?? ''}`.trim();
    const problems = [
      ...(name === '' ? ['No name.'] : []),
      ...(read['birth_date'] !== undefined && read['birth_date'] !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(read['birth_date']) ? [`“${read['birth_date']}” is not a date; write it as 1987-04-09.`] : []),
    ];
    const twin = clients.find((client) => client.name === name && (read['birth_date'] === client.birth_date || name === 'Teo Quill'));
    return { line: index + 2, name, problems, duplicate_of: twin?.client_id ?? null, facts: read };
  });
  return { columns, mapping: given, rows, ready: rows.filter((row) => row.problems.length === 0 && row.duplicate_of === null).length, faulty: rows.filter((row) => row.problems.length > 0).length };
};

const LATE_ROW: QuarantineRow = {
  note_id: 'n30', client_id: 'c9', client_name: 'Petra Amsel', author_id: 'u3', author_name: 'Kemi Adeyemi', is_mine: false, title: 'Progress note (SOAP)', service_date: '2026-11-18',
  pieces: 2, sections: ['Subjective', 'Plan'], written_civil: '2026-11-18 17:40', received_at: '2026-11-21T14:02:00Z', received_civil: '2026-11-21 09:02',
};
const LATE_TEXT = { label: 'Subjective', part: 'section', from: '', text: 'Slept badly since the move. Walks again in the mornings.' };
const LATE: QuarantineView = {
  waiting: [LATE_ROW],
  decided: [{ note_id: 'n31', client_id: 'c9', client_name: 'Petra Amsel', author_id: 'u3', author_name: 'Kemi Adeyemi', title: 'Contact note', service_date: null, pieces: 1, ruling: 'returned', decided_by: WHO.display_name, at: '2026-11-20T15:00:00Z', at_civil: '2026-11-20 10:00', reason: 'It repeats the note of the 17th' }],
  own: [],
};
const LATE_WORK: QuarantinedView = {
  row: LATE_ROW,
  note_state: 'none',
  texts: [LATE_TEXT],
  pieces: [{ work_id: 'w1', name: 'note.create', written_civil: '2026-11-18 17:40', received_civil: '2026-11-21 09:02', texts: [LATE_TEXT], ruling: null, laid: null, decided_by: null, decided_civil: null, reason: '' }],
};

/** What the window draws by, locked or not. */
export const appearance = () => ({ theme: settings.theme, contrast: settings.contrast, motion: settings.motion, zoom: settings.zoom });

export const ANSWERS: Answers = {
  profile: () => ({ is_enrolled: true, is_unlocked: true, practice_name: WHO.practice_name, login: WHO.login, secret_place: 'keyring', idle_lock_minutes: 10, access_ended: null, is_damaged: false, appearance: appearance() }),
  whoami: () => WHO,
  users: () => [...USERS],
  status,
  today: () => ({ date: TODAY, clock: '10:06', agenda: agenda.filter((entry) => entry.date === TODAY && entry.clinician_id === 'u1'), unsigned: [], unsigned_count: 0, conflicts: [], quarantine: 0, status: status() }),
  quarantine: () => LATE,
  quarantine_show: () => LATE_WORK,
  quarantine_accept: () => ({ id: 'n30', outcome: 'applied', provisional: false, sync: 'waiting' }),
  quarantine_return: () => ({ id: 'n30', outcome: 'applied', provisional: false, sync: 'waiting' }),
  sync: () => ({ pushed: 3, rows: 12, pages: 1, repaired: 0, complete: true, revoked: false, status: { ...status(), state: 'synced', is_online: true, outbox: 0 } }),
  clients: ({ include_inactive }) => clients.filter((row) => include_inactive || row.status === 'active'),
  chart: ({ client_id }) => chart(client_id),
  client_create: ({ facts: given }) => {
    if (given['birth_date'] !== undefined && given['birth_date'] > TODAY) {
      throw new Refused('invalid', 'The client was not created: something entered is not possible. What you typed is still in the form.', [{ field: 'birth_date', message: 'This date of birth lies in the future. Check the year.' }]);
    }
    made += 1;
    const name = `${given['preferred_name'] ?? given['given_name'] ?? ''} ${given['family_name'] ?? ''}`.trim();
    const [first] = clients;
    if (first) clients = [...clients, { ...first, client_id: `new${made}`, name, sort_name: name, find: name.toLowerCase(), chart_number: given['chart_number'] ?? '', sync: 'saved', next: null, last_seen: null }];
    return done(`new${made}`);
  },
  client_update: ({ client_id, facts: changed }) => {
    facts = { ...facts, ...Object.fromEntries(Object.entries(changed).map(([key, edit]) => [key, typeof edit === 'string' ? edit : edit.to])) };
    return done(client_id);
  },
  client_merge: ({ into }) => done(into),
  caseload_assign: ({ client_id }) => done(client_id),
  caseload_unassign: ({ client_id }) => done(client_id),
  agenda: ({ from, to, clinician_id }) => agenda.filter((entry) => entry.date >= from && entry.date <= to && entry.clinician_id === (clinician_id ?? 'u1')),
  appointment_book: ({ client_id, clinician_id = 'u1', date, start, end, service, modality = 'in_person', place, video_link, overlap_allowed }) => {
    if (start >= end) throw new Refused('invalid', 'The appointment was not booked. What you entered is still in the form.', [{ field: 'end', message: 'The end lies before the start.' }]);
    if (!overlap_allowed && taken('', clinician_id, date, start, end)) throw new Refused('slot_taken', SLOT);
    made += 1;
    const who = clients.find((row) => row.client_id === client_id);
    return put({ ...appointment(`new${made}`, '21', start, end, 0), client_id, client_name: who?.name ?? '', clinician_id, date, service, modality, place, video_link, sync: 'saved', tentative: clinician_id !== 'u1' });
  },
  appointment_move: ({ appointment_id, date, start, end, overlap_allowed }) => {
    const entry = at(appointment_id);
    if (!overlap_allowed && taken(appointment_id, entry.clinician_id, date, start, end)) throw new Refused('slot_taken', SLOT);
    return put({ ...entry, date, start, end, sync: 'saved' });
  },
  appointment_cancel: ({ appointment_id, reason }) => put({ ...at(appointment_id), status: 'cancelled', cancel_reason: reason, sync: 'saved' }),
  appointment_progress: ({ appointment_id, to }) => put({ ...at(appointment_id), status: to, sync: 'saved' }),
  open_video: () => ({}),
  note_create: () => done('n8'),
  note_show: ({ note_id }) => shown(note_id),
  note_history: () => ({ revisions: [] }),
  diagnosis_add: ({ client_id }) => done(client_id),
  diagnosis_end: ({ diagnosis_id }) => done(diagnosis_id),
  diagnosis_codes: ({ query }) => CODES.filter(({ code, description }) => `${code} ${description}`.toLowerCase().includes(query.toLowerCase())),
  search: () => [],
  journal: ({ before }) => (before === undefined ? [...journal] : []),
  journal_words: ({ entry }) => (Number(entry) % 2 === 0 ? [] : [{ from: 'Plan', text: 'Weekly sessions. Sleep diary until the next one.' }]),
  journal_review: () => ({}),
  export_unsent: () => [],
  devices: () => [...devices],
  device_revoke: ({ device_id }) => {
    devices = devices.map((device) => (device.device_id === device_id ? { ...device, status: 'draining' } : device));
    return {};
  },
  settings: () => settings,
  settings_save: (next) => {
    settings = { ...next, idle_lock_minutes: Math.min(10, next.idle_lock_minutes) };
    return settings;
  },
  password_change: ({ current }) => {
    if (current === 'wrong') throw new Refused('wrong_password', 'That is not the password in force. Nothing was changed.');
    return {};
  },
  sign_in: () => status(),
  import_preview: preview,
  import_run: (input) => {
    const { rows, ready } = preview(input);
    return { created: ready, skipped: rows.filter((row) => row.problems.length > 0 || row.duplicate_of !== null) };
  },
};
