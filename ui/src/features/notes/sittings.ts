import type { NoteView, RevisionView } from '../../backend/generated/api';
import { clock, clockSpan, dayShort } from '../../shared/format/civil';
import { valueWords } from './model';

/** Texts that were kept while somebody sat at one device and wrote. */
export interface Sitting {
  readonly id: string;
  /** `Nov 21, 2026, 9:58 – 10:06 AM`. */
  readonly when: string;
  readonly device: string;
  /** Newest first. */
  readonly kept: readonly RevisionView[];
}

/** Whoever has not written for so long has got up in between. */
const APART_MS = 30 * 60_000;

const at = (revision: RevisionView) => Date.parse(`${revision.written_civil.replace(' ', 'T')}:00Z`);
const day = (revision: RevisionView) => revision.written_civil.slice(0, 10);
const time = (revision: RevisionView) => revision.written_civil.slice(11, 16);

/** The kept texts by sitting, newest first; the text that stands in the note now is none of them. */
export function sittings(revisions: readonly RevisionView[]): readonly Sitting[] {
  const groups: [RevisionView, ...RevisionView[]][] = [];
  for (const revision of revisions) {
    if (revision.kind === 'current') continue;
    const group = groups.at(-1);
    const later = group?.at(-1);
    if (group && later && later.device === revision.device && day(later) === day(revision) && Math.abs(at(later) - at(revision)) <= APART_MS) group.push(revision);
    else groups.push([revision]);
  }
  return groups.map((kept) => {
    const [last] = kept;
    const first = kept.at(-1) ?? last;
    const hours = time(first) === time(last) ? clock(time(last)) : clockSpan(time(first), time(last));
    return { id: last.revision_id, when: `${dayShort(day(last))}, ${hours}`, device: last.device, kept };
  });
}

interface Part {
  readonly key: string;
  readonly label: string;
  readonly text: string;
  /** Whether the note says something else now: only then does bringing it back change anything. */
  readonly differs: boolean;
}

/** What a kept text holds, in the note's own order; a section of another format comes last, under its key. */
export function partsOf(revision: RevisionView, note: Pick<NoteView, 'sections' | 'fields'>): { readonly sections: readonly Part[]; readonly fields: readonly Part[] } {
  return {
    sections: parts(revision.sections, note.sections.map(({ key, label, text }) => ({ key, label, text }))),
    fields: parts(
      revision.fields,
      note.fields.map(({ key, label, value }) => ({ key, label, text: value })),
    ).map((part) => {
      const field = note.fields.find(({ key }) => key === part.key);
      return field === undefined ? part : { ...part, text: valueWords(field, part.text) };
    }),
  };
}

function parts(kept: Readonly<Partial<Record<string, string>>>, now: readonly { readonly key: string; readonly label: string; readonly text: string }[]): readonly Part[] {
  const place = new Map(now.map(({ key }, index) => [key, index] as const));
  return Object.entries(kept)
    .map(([key, text = '']) => {
      const stands = now.find((one) => one.key === key);
      return { key, label: stands?.label ?? spelled(key), text, differs: text !== (stands?.text ?? '') };
    })
    .toSorted((one, other) => (place.get(one.key) ?? now.length) - (place.get(other.key) ?? now.length));
}

/** A section of another format has no label here, and its key reads almost like one. */
function spelled(key: string): string {
  const words = key.replaceAll('_', ' ');
  return `${words.charAt(0).toLocaleUpperCase()}${words.slice(1)}`;
}

const AND = new Intl.ListFormat(undefined, { type: 'conjunction' });

/** `Subjective and Level of risk`. */
export function listed(some: readonly Part[]): string {
  return AND.format(some.map(({ label }) => label));
}
