import { CircleCheck, CircleDashed, FilePen, FileSignature, GitMerge, type LucideIcon, MailCheck, Stamp, Undo2 } from 'lucide-react';

import type { Tone } from '../../shared/ui/sync';

/** Where a note stands, as a person would say it. Derived by the core; never stored on an appointment. */
export type NoteStanding = 'none' | 'draft' | 'ready' | 'conflict' | 'returned' | 'awaiting_receipt' | 'awaiting_cosign' | 'signed';

interface StandingLook {
  readonly word: string;
  readonly icon: LucideIcon;
  readonly tone: Tone;
}

export const STANDING_LOOK: Readonly<Record<NoteStanding, StandingLook>> = {
  none: { word: 'No note yet', icon: CircleDashed, tone: 'neutral' },
  draft: { word: 'Draft', icon: FilePen, tone: 'ochre' },
  ready: { word: 'Ready to sign', icon: FileSignature, tone: 'ochre' },
  conflict: { word: 'Needs your review', icon: GitMerge, tone: 'plum' },
  returned: { word: 'Returned to you', icon: Undo2, tone: 'ochre' },
  awaiting_receipt: { word: 'Signed here, awaiting receipt', icon: MailCheck, tone: 'neutral' },
  awaiting_cosign: { word: 'Awaiting co-signature', icon: Stamp, tone: 'lake' },
  signed: { word: 'Signed', icon: CircleCheck, tone: 'moss' },
};

/** How a deadline reads: nothing to say, soon, or over. */
export type Due = { readonly level: 'later' | 'soon' | 'over'; readonly words: string };

export const DUE_TONE: Readonly<Record<Due['level'], Tone>> = { later: 'neutral', soon: 'ochre', over: 'brick' };

export interface NoteSection {
  readonly key: string;
  readonly label: string;
  readonly prompt: string;
  readonly text: string;
  /** Set while the text is pulled forward and untouched: where it came from. */
  readonly pulledFrom: string | null;
  /** Set while two people's sentences were combined here and nobody has confirmed it. */
  readonly combined: string | null;
}

/** One line of the completeness list; `block` stands between the note and its signature, `advice` does not. */
export interface NoteCheck {
  readonly id: string;
  readonly words: string;
  readonly level: 'block' | 'advice';
  readonly isMet: boolean;
  /** The section to jump to, if the check is about one. */
  readonly section: string | null;
}

export interface CheckTally {
  readonly met: number;
  readonly of: number;
  readonly blocking: readonly NoteCheck[];
}

export function tally(checks: readonly NoteCheck[]): CheckTally {
  return {
    met: checks.filter((check) => check.isMet).length,
    of: checks.length,
    blocking: checks.filter((check) => check.level === 'block' && !check.isMet),
  };
}

/** A scalar of the session, `service_date` or `risk_level`, as the form shows it. */
export interface NoteFact {
  readonly key: string;
  readonly label: string;
  readonly kind: 'date' | 'time' | 'choice' | 'line';
  readonly value: string;
  readonly choices: readonly { readonly id: string; readonly word: string }[];
}

export interface EarlierNote {
  readonly id: string;
  readonly title: string;
  readonly signed: string;
  readonly sections: readonly { readonly key: string; readonly label: string; readonly text: string }[];
}

export interface KeptText {
  readonly id: string;
  readonly when: string;
  readonly device: string;
  readonly words: string;
}
