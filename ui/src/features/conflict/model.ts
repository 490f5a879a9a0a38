import type { BranchView, Edited, FieldView, PassageChoice } from '../../backend/generated/api';
import { withMoments } from '../../shared/format/civil';
import { valueWords } from '../notes/model';

/** One passage where two texts part, or agree. The core computes them; the screen only draws and asks. */
export interface Passage {
  readonly id: string;
  readonly kind: 'same' | 'differs';
  readonly base: string;
  readonly mine: string;
  readonly theirs: string;
}

export interface ConflictSection {
  readonly key: string;
  readonly label: string;
  readonly part: 'section' | 'field';
  /** The whole text that stands in the note: what the author saw when she chose. */
  readonly current: string;
  /** The words for the values of a field, `moderate` as *Moderate*. */
  readonly labels: Readonly<Record<string, string>>;
  readonly passages: readonly Passage[];
}

export type Take = 'mine' | 'theirs' | 'edited';

export interface Choice {
  readonly take: Take;
  /** What the author wrote instead; only read when `take` is `edited`, and kept while she looks at the others. */
  readonly text: string;
}

export type Choices = Readonly<Record<string, Choice>>;

export interface ConflictView {
  readonly client: string;
  readonly title: string;
  /** `This laptop, 10:06`. */
  readonly mineHead: string;
  /** `Office PC, 10:07`. */
  readonly theirsHead: string;
  readonly sections: readonly ConflictSection[];
}

/** The choices as the application kept them; what no release of this screen can have written is left out. */
export function choicesOf(kept: Readonly<Record<string, PassageChoice>>): Choices {
  return Object.fromEntries(
    Object.entries(kept).flatMap(([passage, { take, text }]) => (take === 'mine' || take === 'theirs' || take === 'edited' ? [[passage, { take, text }]] : [])),
  );
}

/** A branch as the screen draws it. */
export function conflictView(branch: BranchView, client: string, title: string, fields: readonly FieldView[]): ConflictView {
  return {
    client,
    title,
    mineHead: withMoments(branch.mine_head),
    theirsHead: withMoments(branch.theirs_head),
    sections: branch.sections.map((section) => ({
      key: section.key,
      label: section.label,
      part: section.part === 'field' ? 'field' : 'section',
      current: section.current,
      labels: section.part === 'field' ? labelsOf(section.passages, fields.find((field) => field.key === section.key)) : {},
      passages: section.passages.map((passage) => ({
        // The texts belong to the identity: a choice holds for what was read, not for whatever stands there later.
        id: [section.part, section.key, passage.index, passage.mine, passage.theirs].join('\n'),
        kind: passage.kind === 'same' ? 'same' : 'differs',
        base: passage.base,
        mine: passage.mine,
        theirs: passage.theirs,
      })),
    })),
  };
}

function labelsOf(passages: BranchView['sections'][number]['passages'], field: FieldView | undefined): Readonly<Record<string, string>> {
  if (field === undefined) return {};
  return Object.fromEntries(passages.flatMap(({ base, mine, theirs }) => [base, mine, theirs]).map((value) => [value, valueWords(field, value)]));
}

/** What the author decided, by section and field; `null` while anything is open. */
export function decided(view: ConflictView, choices: Choices): { readonly sections: Record<string, Edited>; readonly fields: Record<string, Edited> } | null {
  const sections: Record<string, Edited> = {};
  const fields: Record<string, Edited> = {};
  for (const section of view.sections) {
    const text = result(section, choices);
    if (text === null) return null;
    (section.part === 'field' ? fields : sections)[section.key] = { from: section.current, to: text };
  }
  return { sections, fields };
}

export function open(sections: readonly ConflictSection[], choices: Choices): readonly Passage[] {
  return sections.flatMap((section) => section.passages).filter((passage) => passage.kind === 'differs' && choices[passage.id] === undefined);
}

/** `Plan, passage 2 of 3`: what the choice between two texts is about. */
export function passageName({ label, passages }: ConflictSection, passage: Passage): string {
  const asked = passages.filter((one) => one.kind === 'differs');
  return asked.length === 1 ? label : `${label}, passage ${asked.indexOf(passage) + 1} of ${asked.length}`;
}

/** The section as it will read; `null` while a passage in it still waits for a choice. */
export function result(section: ConflictSection, choices: Choices): string | null {
  let text = '';
  for (const passage of section.passages) {
    if (passage.kind === 'same') {
      text += passage.mine;
      continue;
    }
    const choice = choices[passage.id];
    if (choice === undefined) return null;
    text += chosenText(passage, choice);
  }
  return text;
}

function chosenText(passage: Passage, choice: Choice): string {
  switch (choice.take) {
    case 'mine':
      return passage.mine;
    case 'theirs':
      return passage.theirs;
    case 'edited':
      return choice.text;
  }
}

/** The choice after another take: what she wrote stays, and writing starts from both texts, so that none is dropped unseen. */
export function taking(take: Take, before: Choice | null, passage: Passage): Choice {
  const written = before?.text ?? '';
  return { take, text: take === 'edited' && written === '' ? bothTexts(passage) : written };
}

/** Where the author starts when she writes the passage anew: both texts, one after the other, nothing dropped. */
export function bothTexts(passage: Passage): string {
  const first = passage.mine.trimEnd();
  return first === '' ? passage.theirs : `${first} ${passage.theirs.trimStart()}`;
}
