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
  readonly passages: readonly Passage[];
}

export type Take = 'mine' | 'theirs' | 'edited';

export interface Choice {
  readonly take: Take;
  /** What the author wrote instead; only read when `take` is `edited`. */
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

export function open(sections: readonly ConflictSection[], choices: Choices): readonly Passage[] {
  return sections.flatMap((section) => section.passages).filter((passage) => passage.kind === 'differs' && choices[passage.id] === undefined);
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

export function chosenText(passage: Passage, choice: Choice): string {
  switch (choice.take) {
    case 'mine':
      return passage.mine;
    case 'theirs':
      return passage.theirs;
    case 'edited':
      return choice.text;
  }
}

/** Where the author starts when she writes the passage anew: both texts, one after the other, nothing dropped. */
export function bothTexts(passage: Passage): string {
  const first = passage.mine.trimEnd();
  return first === '' ? passage.theirs : `${first} ${passage.theirs.trimStart()}`;
}
