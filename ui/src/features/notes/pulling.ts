import type { FindingView, SectionView } from '../../backend/generated/api';

/** A text with one of an earlier note added below it. */
export function withPulled(before: string, passage: string): string {
  return before.trim() === '' ? passage : `${before.trimEnd()}\n\n${passage}`;
}

/**
 * The text with a pulled passage taken back. Whatever was typed since stays: where the text has moved on, only the
 * passage goes, and only if it stands there unchanged and once. `null` where it does not: then a person decides.
 */
export function withoutPulled(now: string, before: string, passage: string): string | null {
  if (now === withPulled(before, passage)) return before;
  const at = now.indexOf(passage);
  if (passage === '' || at === -1 || now.includes(passage, at + 1)) return null;
  const above = now.slice(0, at).trimEnd();
  const below = now.slice(at + passage.length).trimStart();
  return above === '' || below === '' ? above + below : `${above}\n\n${below}`;
}

/** The advice on text that was taken over from an earlier note. */
const PULLED_FORWARD = 'pulled_forward';

export function isOnPulledText({ rule }: Pick<FindingView, 'rule'>): boolean {
  return rule === PULLED_FORWARD;
}

type SectionText = Pick<SectionView, 'key' | 'text'>;

interface Pulled {
  readonly findings: readonly FindingView[];
  readonly sections: readonly Pick<SectionView, 'key' | 'text' | 'pulled_from'>[];
  /** The sections of the last note; `null` until they are known. */
  readonly last: readonly SectionText[] | null;
  /** Sections whose text she said is true of this session. */
  readonly checked: ReadonlySet<string>;
}

/**
 * The findings without advice that has been followed. Where a text came from is part of the record, so the core names
 * a pulled section for as long as the note is a draft; the advice is done with once the pulled words were edited or
 * written on, or she said that they are true.
 */
export function stillToSay({ findings, sections, last, checked }: Pulled): readonly FindingView[] {
  return findings.filter((finding) => {
    if (!isOnPulledText(finding)) return true;
    if (checked.has(finding.key)) return false;
    const section = sections.find(({ key }) => key === finding.key);
    return section === undefined || last === null || section.pulled_from !== null || standsAsPulled(section, last);
  });
}

/** Whether the words of the last note still are the section or stand below its own, as `withPulled` left them. */
function standsAsPulled({ key, text }: SectionText, last: readonly SectionText[]): boolean {
  const written = last.filter((one) => one.text.trim() !== '');
  const namesake = written.find((one) => one.key === key);
  // In a section of another format they stand among words that came from elsewhere.
  if (namesake === undefined) return written.some((one) => text.includes(one.text));
  return text === namesake.text || text.endsWith(`\n\n${namesake.text}`);
}
