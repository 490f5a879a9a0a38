import { CircleCheck, CircleDashed, CircleSlash, FilePen, FileSignature, GitMerge, type LucideIcon, MailCheck, ShieldAlert } from 'lucide-react';

import type { AddendumView, FieldView, FindingView, NoteRow, SectionView, Standing } from '../../backend/generated/api';
import { clock, clockSpan, dayLong, dayShort, isCivilDate, isWallClock, zoneWords } from '../../shared/format/civil';
import type { Tone } from '../../shared/ui/sync';

/** Where a note stands, as a person would say it. Derived by the core; never stored on an appointment. */
export type NoteStanding = Standing;

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
  awaiting_receipt: { word: 'Signed here, awaiting receipt', icon: MailCheck, tone: 'neutral' },
  signed: { word: 'Signed', icon: CircleCheck, tone: 'moss' },
  voided: { word: 'Entered in error', icon: CircleSlash, tone: 'neutral' },
};

/** The signature says so at length below; the head of a text must not say the opposite. */
export const BROKEN_LOOK: StandingLook = { word: 'Does not match its signature', icon: ShieldAlert, tone: 'brick' };

/** Where an addendum stands, in the words of a note: signed only once its signature was received. */
export function addendumLook({ state, signature }: Pick<AddendumView, 'state' | 'signature'>): Pick<StandingLook, 'word' | 'tone'> {
  if (state === 'dismissed') return { word: 'Set aside', tone: 'neutral' };
  if (state !== 'signed') return { word: 'Not signed yet', tone: 'ochre' };
  if (signature?.verification === 'broken') return BROKEN_LOOK;
  return STANDING_LOOK[signature?.received_civil === null ? 'awaiting_receipt' : 'signed'];
}

/** How a deadline reads: nothing to say, soon, or over. */
export type Due = { readonly level: 'later' | 'soon' | 'over'; readonly words: string };

export const DUE_TONE: Readonly<Record<Due['level'], Tone>> = { later: 'neutral', soon: 'ochre', over: 'brick' };

const many = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;

/** A deadline by the hours until it; negative hours are over. `null` where there is none. */
export function dueIn(hours: number | bigint | null): Due | null {
  if (hours === null) return null;
  const left = Number(hours);
  if (left < 0) {
    const over = -left;
    return { level: 'over', words: over < 24 ? `${over} h over` : `${many(Math.floor(over / 24), 'day', 'days')} over` };
  }
  if (left < 24) return { level: 'soon', words: left === 0 ? 'due now' : `${left} h left` };
  return { level: 'later', words: many(Math.floor(left / 24), 'day', 'days') };
}

/** `Progress note (SOAP), Saturday, November 21, 10:00 – 10:50 AM`. */
export function noteHeading(row: Pick<NoteRow, 'title' | 'service_date' | 'start' | 'end'>): string {
  const day = row.service_date === null ? null : dayLong(row.service_date);
  const time = row.start === null || row.end === null ? null : clockSpan(row.start, row.end);
  return [row.title, day, time].filter((part) => part !== null).join(', ');
}

/** The value of a field as people say it; what no calendar or list knows stays as it was written. */
export function valueWords({ kind, choices }: Pick<FieldView, 'kind' | 'choices'>, value: string): string {
  if (kind === 'date' && isCivilDate(value)) return dayShort(value);
  if (kind === 'time' && isWallClock(value)) return clock(value);
  if (kind === 'zone') return zoneWords(value);
  return choices.find((choice) => choice.value === value)?.label ?? value;
}

/** The clock of this device when something is signed. */
export const DEVICE_TIME = new Intl.DateTimeFormat(undefined, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' });

export interface CheckTally {
  readonly met: number;
  readonly of: number;
  readonly blocking: readonly FindingView[];
}

/** Of all the rules for a note, those that are met, and those that stand between it and a signature. */
export function tally(findings: readonly FindingView[], rules: number): CheckTally {
  return { met: Math.max(0, rules - findings.length), of: rules, blocking: findings.filter((finding) => finding.level === 'block') };
}

/** The findings, with the section named wherever several say the same: two sections may be combined, or pulled forward. */
export function toldApart(findings: readonly FindingView[], sections: readonly Pick<SectionView, 'key' | 'label'>[]): FindingView[] {
  return findings.map((finding) => {
    const label = sections.find(({ key }) => finding.target === 'section' && key === finding.key)?.label;
    const isAlone = findings.every((other) => other === finding || other.message !== finding.message);
    return label === undefined || isAlone ? finding : { ...finding, message: `${label}: ${finding.message}` };
  });
}

/** Whether a finding is about the note as a whole; the diagnoses stand in the note and have a key of their own. */
export function isOfTheWholeNote({ target, key }: Pick<FindingView, 'target' | 'key'>): boolean {
  return target === 'note' && key === 'note';
}

/** The fields that findings ask for, with the words: the field itself, or one that would do in place of something else. */
export function askedFields(findings: readonly FindingView[]): ReadonlyMap<string, string> {
  const asked = new Map<string, string>();
  for (const finding of findings) {
    if (finding.or_field !== null) asked.set(finding.or_field, finding.message);
    if (finding.target === 'field') asked.set(finding.key, finding.message);
  }
  return asked;
}

/** What was written after a signature is called. */
export const ADDENDUM_WORD: Readonly<Record<string, string>> = { addendum: 'Addendum', correction: 'Correction', late_entry: 'Late entry' };

/** Where the editor is to go: a section, a field, the diagnoses, or the first section. */
export interface Place {
  readonly target: string;
  readonly key: string;
  /** In UTF-16 units; the end of the text when absent. */
  readonly caret?: number;
}

export const FORMATS = [
  { id: 'soap', word: 'SOAP' },
  { id: 'dap', word: 'DAP' },
  { id: 'birp', word: 'BIRP' },
  { id: 'girp', word: 'GIRP' },
  { id: 'narrative', word: 'Narrative' },
] as const;
