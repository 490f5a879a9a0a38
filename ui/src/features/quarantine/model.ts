import type { QuarantinedView, QuarantineNoticeView, QuarantinePieceView, QuarantineRow, QuarantineRulingView, QuarantineTextView, QuarantineView } from '../../backend/generated/api';
import { dayOfYear, dayShort, isCivilDate } from '../../shared/format/civil';
import { momentNear, momentWithin } from '../../shared/format/near';

/** One author's work on one note, as a row. */
interface WaitingWork {
  readonly id: string;
  readonly noteId: string;
  readonly authorId: string;
  readonly who: string;
  readonly what: string;
  readonly from: string;
  readonly written: string;
  readonly sections: string;
}

/** What was decided, or what became of one's own. */
export interface DecidedWork {
  readonly id: string;
  readonly noteId: string | null;
  readonly authorId: string | null;
  readonly who: string;
  readonly what: string;
  readonly ruling: 'accepted' | 'returned';
  readonly by: string;
  readonly reason: string;
}

interface QuarantineDay {
  readonly waiting: readonly WaitingWork[];
  readonly decided: readonly DecidedWork[];
  readonly own: readonly DecidedWork[];
}

const many = (count: number, one: string) => `${count} ${count === 1 ? one : `${one}s`}`;

const titled = (title: string, day: string | null) => (day === null ? title : `${title}, ${dayOfYear(day)}`);

export function quarantineOf(view: QuarantineView, today: string): QuarantineDay {
  return {
    waiting: view.waiting.map((row) => waitingWork(row, today)),
    decided: view.decided.map((ruling) => decidedWork(ruling, today)),
    own: view.own.map((notice) => ownWork(notice, today)),
  };
}

function waitingWork(row: QuarantineRow, today: string): WaitingWork {
  return {
    id: `${row.note_id}:${row.author_id}`,
    noteId: row.note_id,
    authorId: row.author_id,
    who: row.client_name,
    what: titled(row.title, row.service_date),
    from: row.is_mine ? 'Your own' : row.author_name,
    written: `written ${momentWithin(row.written_civil, today)}, here since ${momentWithin(row.received_civil, today)}`,
    sections: row.sections.length === 0 ? 'A signature' : row.sections.join(', '),
  };
}

const rulingOf = (word: string) => (word === 'accepted' ? 'accepted' : 'returned');

function decidedWork(ruling: QuarantineRulingView, today: string): DecidedWork {
  return {
    id: `${ruling.note_id}:${ruling.author_id}:${ruling.at}`,
    noteId: ruling.note_id,
    authorId: ruling.author_id,
    who: ruling.client_name,
    what: `${titled(ruling.title, ruling.service_date)}, by ${ruling.author_name}`,
    ruling: rulingOf(ruling.ruling),
    by: `${ruling.decided_by}, ${momentWithin(ruling.at_civil, today)}`,
    reason: ruling.reason,
  };
}

/** Her own: she may hold the chart no more, so nothing names it. */
function ownWork(notice: QuarantineNoticeView, today: string): DecidedWork {
  return {
    id: notice.work_id,
    noteId: null,
    authorId: null,
    who: `What you wrote ${momentWithin(notice.written_civil, today)}`,
    what: '',
    ruling: rulingOf(notice.ruling),
    by: `${notice.decided_by}, ${momentWithin(notice.at_civil, today)}`,
    reason: '',
  };
}

export interface WorkText {
  readonly id: string;
  readonly label: string;
  readonly from: string;
  readonly text: string;
}

export interface WorkPiece {
  readonly id: string;
  readonly what: string;
  readonly when: string;
  readonly texts: readonly WorkText[];
  /** What was decided, in words; `null` while it waits. */
  readonly decided: string | null;
  readonly reason: string;
}

/** One author's work on one note, as it is read and decided about. */
export interface Work {
  readonly client: string;
  readonly title: string;
  readonly explains: string;
  readonly texts: readonly WorkText[];
  readonly pieces: readonly WorkPiece[];
  /** The pieces that wait: the decision is about these and nothing that comes in while she reads. */
  readonly waiting: readonly string[];
  /** What accepting would make of it. */
  readonly accepting: string;
}

const PIECE: Readonly<Record<string, string>> = {
  'note.create': 'Began the note',
  'note.patch': 'Wrote in the note',
  'note.resolve': 'Chose between two texts',
  'note.sign': 'Signed the note',
  'addendum.write': 'Wrote an addendum',
  'addendum.sign': 'Signed an addendum',
};

const LAID: Readonly<Record<string, string>> = {
  draft: 'into the draft',
  combined: 'combined with the draft, for the author to confirm',
  branch: 'beside the draft, for the author to choose',
  addendum: 'as an unsigned addendum',
  kept_signature: 'kept as a signature that was not accepted',
  nothing: 'the chart said it already',
};

const ACCEPTING: Readonly<Record<string, string>> = {
  none: 'Accepting begins the note in the author’s name, as a draft. Nothing is signed.',
  draft: 'Accepting puts the words into the author’s draft. What touches other words waits beside it for the author. Nothing is signed.',
  signed: 'The note is signed and does not change. Accepting keeps the words beside it as an unsigned late entry of the author’s.',
  voided: 'The note was entered in error. Accepting keeps the words beside it as an unsigned late entry of the author’s.',
};

export function workOf(view: QuarantinedView, today: string): Work {
  const { row } = view;
  const whose = row.is_mine ? 'You wrote this' : `${row.author_name} wrote this`;
  return {
    client: row.client_name,
    title: titled(row.title, row.service_date),
    explains: `${whose}, last ${momentWithin(row.written_civil, today)}. It reached the practice when ${row.is_mine ? 'your' : 'the author’s'} access to this chart had ended, so it is not in the chart. ${many(view.pieces.length, 'piece')}, kept as ${view.pieces.length === 1 ? 'it' : 'they'} came.`,
    texts: view.texts.map(workText),
    pieces: view.pieces.map((piece) => workPiece(piece, today)),
    waiting: view.pieces.filter((piece) => piece.ruling === null).map((piece) => piece.work_id),
    accepting: ACCEPTING[view.note_state] ?? '',
  };
}

/** Pieces that one decision may be about: `MAX_PIECES` in `crates/domain/src/quarantine/mod.rs`. */
export const MAX_PIECES = 200;

/** The pieces in consecutive parts, each as large as one decision may be. */
export function partsOf(works: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(works.length / MAX_PIECES) }, (_, part) => works.slice(part * MAX_PIECES, (part + 1) * MAX_PIECES));
}

/** How far a decision came that was taken in parts. */
export interface Decided {
  readonly pieces: number;
  readonly of: number;
  /** Why it went no further, in the application's words; `null` where all of it is decided. */
  readonly refusal: string | null;
}

/** Why a decision was not taken, or not about all of the pieces; `null` where nothing stopped it. */
export function stoppedWords({ pieces, of, refusal }: Decided, ruling: 'accepted' | 'returned'): string | null {
  if (refusal === null || pieces === 0) return refusal;
  const rest = of - pieces;
  return `${pieces.toLocaleString()} of ${of.toLocaleString()} pieces were ${ruling}, and that stays. The other ${rest.toLocaleString()} still ${rest === 1 ? 'waits' : 'wait'}, because the next part was refused: ${refusal}`;
}

function workText(text: QuarantineTextView, index: number): WorkText {
  const words = (value: string) => (text.part === 'field' && isCivilDate(value) ? dayShort(value) : value);
  return { id: `${index}`, label: text.label, from: words(text.from), text: words(text.text) };
}

function workPiece(piece: QuarantinePieceView, today: string): WorkPiece {
  const ruled = piece.ruling === null ? null : piece.ruling === 'accepted' ? `Accepted ${LAID[piece.laid ?? ''] ?? ''}`.trim() : 'Returned';
  return {
    id: piece.work_id,
    what: PIECE[piece.name] ?? piece.name,
    when: momentNear(piece.written_civil, today),
    texts: piece.texts.map(workText),
    decided: ruled === null ? null : `${ruled}, by ${piece.decided_by ?? ''}, ${momentWithin(piece.decided_civil ?? '', today)}`,
    reason: piece.reason,
  };
}
