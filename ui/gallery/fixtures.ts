import type { ConflictView } from '../src/features/conflict/model';
import type { EarlierNote } from '../src/features/notes/model';
import type { NoteEditorView } from '../src/features/notes/NoteEditor';
import type { TodayView } from '../src/features/today/model';

/** People who do not exist, in sessions that never took place. */
export const TODAY: TodayView = {
  date: '2026-11-21',
  clock: '10:06',
  agenda: [
    { id: 'a1', starts: '08:00', ends: '08:50', who: 'Maren Oduya', isClient: true, service: 'Individual, 50 min', place: 'Office', phase: 'past', standing: 'signed', sync: 'synced', remark: null },
    { id: 'a2', starts: '09:00', ends: '09:50', who: 'Iliana Vogt', isClient: true, service: 'Individual, 50 min', place: 'Video', phase: 'past', standing: 'draft', sync: 'saved', remark: null },
    { id: 'a3', starts: '10:00', ends: '10:50', who: 'Teodor Quill', isClient: true, service: 'Individual, 50 min', place: 'Office', phase: 'now', standing: 'none', sync: 'synced', remark: 'Safety plan to review' },
    { id: 'a4', starts: '11:00', ends: '11:30', who: 'Ansel Brightwater', isClient: true, service: 'Medication check-in', place: 'Phone', phase: 'next', standing: 'none', sync: 'synced', remark: null },
    { id: 'a5', starts: '13:00', ends: '14:15', who: 'Tuesday grief group', isClient: true, service: 'Group, 6 members', place: 'Office', phase: 'later', standing: 'none', sync: 'waiting', remark: null },
    { id: 'a6', starts: '14:30', ends: '15:20', who: 'Supervision with J. Rivera', isClient: false, service: 'Individual supervision', place: 'Video', phase: 'later', standing: null, sync: 'synced', remark: null },
    { id: 'a7', starts: '15:30', ends: '16:20', who: 'Noor Halvorsen', isClient: true, service: 'Intake, 50 min', place: 'Office', phase: 'later', standing: 'none', sync: 'synced', remark: 'Consent to telehealth missing' },
    { id: 'a8', starts: '16:30', ends: '17:20', who: 'Wren Castellan', isClient: true, service: 'Couples, 50 min', place: 'Office', phase: 'cancelled', standing: 'none', sync: 'failed', remark: null },
  ],
  unsigned: [
    { id: 'n1', who: 'Bram Okafor', what: 'Progress note, November 17', standing: 'ready', due: { level: 'over', words: '1 day over' } },
    { id: 'n2', who: 'Iliana Vogt', what: 'Progress note, today 9:00 AM', standing: 'draft', due: { level: 'later', words: '3 days' } },
    { id: 'n3', who: 'Sol Marchetti', what: 'Treatment plan review', standing: 'returned', due: { level: 'soon', words: '18 h left' } },
    { id: 'n4', who: 'Dara Lindqvist', what: 'Contact with school', standing: 'ready', due: { level: 'soon', words: '22 h left' } },
  ],
  conflicts: [{ id: 'c1', who: 'Petra Amsel', what: 'Progress note, November 19', between: 'Plan, 2 passages' }],
  coSign: [{ id: 's1', who: 'Emil Santoro', author: 'K. Adeyemi', due: { level: 'later', words: '5 days' } }],
  queue: [
    { state: 'saved', count: 2, words: '2 drafts' },
    { state: 'waiting', count: 3, words: '3 changes, oldest 40 min' },
    { state: 'failed', count: 1, words: '1 cancellation' },
  ],
  lastSync: '9:24 AM',
};

export const NOTE: NoteEditorView = {
  client: 'Teodor Quill',
  title: 'Progress note, Saturday, November 21, 10:00 – 10:50 AM, in the office',
  standing: 'draft',
  save: { state: 'saved', at: '10:06' },
  conflicts: 0,
  facts: [
    { key: 'service_date', label: 'Date', kind: 'date', value: '2026-11-21', choices: [] },
    { key: 'start_time', label: 'Start', kind: 'time', value: '10:00', choices: [] },
    { key: 'end_time', label: 'End', kind: 'time', value: '10:50', choices: [] },
    { key: 'modality', label: 'Met', kind: 'choice', value: 'office', choices: [{ id: 'office', word: 'In the office' }, { id: 'video', word: 'By video' }] },
    { key: 'risk', label: 'Risk', kind: 'choice', value: 'low', choices: [{ id: 'none', word: 'None stated' }, { id: 'low', word: 'Low' }, { id: 'moderate', word: 'Moderate' }] },
  ],
  sections: [
    { key: 's', label: 'Subjective', prompt: 'What the client said', pulledFrom: null, combined: null, text: 'Says the week was “quieter than I deserve”. Slept five to six hours, woke twice to check the door. Went back to the allotment on Sunday for the first time since spring and stayed an hour.' },
    { key: 'o', label: 'Objective', prompt: 'What you saw', pulledFrom: null, combined: null, text: 'On time, casually dressed. Speech slow at first, then freer. Affect fuller than on the 14th; smiled when he described the allotment.' },
    { key: 'a', label: 'Assessment', prompt: 'What it means', pulledFrom: 'November 14', combined: null, text: 'Checking has the function of postponing sleep rather than preventing harm. He can name this now without being led to it.' },
    { key: 'p', label: 'Plan', prompt: 'What happens next', pulledFrom: null, combined: null, text: '' },
  ],
  checks: [
    { id: 'k1', words: 'Date, start and end', level: 'block', isMet: true, section: null },
    { id: 'k2', words: 'Risk is answered', level: 'block', isMet: true, section: null },
    { id: 'k3', words: 'Plan has at least 20 characters', level: 'block', isMet: false, section: 'p' },
    { id: 'k4', words: 'A diagnosis is linked', level: 'block', isMet: true, section: null },
    { id: 'k5', words: 'Assessment was pulled forward and not edited', level: 'advice', isMet: false, section: 'a' },
  ],
};

export const EARLIER: EarlierNote = {
  id: 'e1',
  title: 'Progress note, November 14',
  signed: 'Signed November 14, 12:02, received 12:03',
  sections: [
    { key: 's', label: 'Subjective', text: 'A poor week. Counted the locks aloud on three evenings so that his sister could hear it from the landing.' },
    { key: 'a', label: 'Assessment', text: 'Checking has the function of postponing sleep rather than preventing harm. He can name this now without being led to it.' },
    { key: 'p', label: 'Plan', text: 'One evening without the second round. Allotment if the weather holds. Next session November 21.' },
  ],
};

export const CONFLICT: ConflictView = {
  client: 'Petra Amsel',
  title: 'Progress note, November 19',
  mineHead: 'This laptop, 10:06',
  theirsHead: 'Office PC (A. Reyes), 10:07',
  sections: [
    {
      key: 'plan',
      label: 'Plan',
      passages: [
        { id: 'p0', kind: 'same', base: '', mine: 'Continue weekly sessions. ', theirs: 'Continue weekly sessions. ' },
        { id: 'p1', kind: 'differs', base: 'Sleep diary.', mine: 'Sleep diary for two weeks, then review whether the wake-up time holds. ', theirs: 'Sleep diary until the next session; bring the old one for comparison. ' },
        { id: 'p2', kind: 'same', base: '', mine: 'She will tell her manager about the reduced hours herself. ', theirs: 'She will tell her manager about the reduced hours herself. ' },
        { id: 'p3', kind: 'differs', base: '', mine: 'Call on Thursday if panic returns.', theirs: '' },
      ],
    },
  ],
};
