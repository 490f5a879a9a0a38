import type { TodayView } from '../src/features/today/model';

/** People who do not exist, in sessions that never took place. */
export const TODAY: TodayView = {
  date: 'Saturday 21 November',
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
    { id: 'n1', who: 'Bram Okafor', what: 'Progress note, 17 November', standing: 'ready', due: { level: 'over', words: '1 day over' } },
    { id: 'n2', who: 'Iliana Vogt', what: 'Progress note, today 09:00', standing: 'draft', due: { level: 'later', words: '3 days' } },
    { id: 'n3', who: 'Sol Marchetti', what: 'Treatment plan review', standing: 'returned', due: { level: 'soon', words: '18 h left' } },
    { id: 'n4', who: 'Dara Lindqvist', what: 'Contact with school', standing: 'ready', due: { level: 'soon', words: '22 h left' } },
  ],
  conflicts: [{ id: 'c1', who: 'Petra Amsel', what: 'Progress note, 19 November', between: 'Plan, 2 passages' }],
  coSign: [{ id: 's1', who: 'Emil Santoro', author: 'K. Adeyemi', due: { level: 'later', words: '5 days' } }],
  queue: [
    { state: 'saved', count: 2, words: '2 drafts' },
    { state: 'waiting', count: 3, words: '3 changes, oldest 40 min' },
    { state: 'failed', count: 1, words: '1 cancellation' },
  ],
  lastSync: '09:24',
};
