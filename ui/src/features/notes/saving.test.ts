import { describe, expect, it } from 'vitest';

import { type Draft, edited, EMPTY_DRAFT, fieldPart, hasUnsaved, isAtRest, loaded, marked, next, NOTE_PACE, paused, refused, sectionPart, type Sending, sent, taken, unlocked } from './saving';

const PLAN = sectionPart('plan');
const RISK = fieldPart('risk_level');
const DISK_FULL = { code: 'disk_full', message: 'The disk is full.' } as const;

const fresh = (text = 'Weekly.') => loaded(EMPTY_DRAFT, { [PLAN]: text, [RISK]: '' }, 1);

function sendAt(draft: Draft, at: number): { draft: Draft; sending: Sending } {
  const step = next(draft, at, NOTE_PACE);
  if (step?.do !== 'send') throw new Error(`nothing to send at ${at}`);
  return { draft: sent(draft, step.sending, at), sending: step.sending };
}

const shown = (draft: Draft) => draft.parts[PLAN]?.now;

describe('the pace of saving', () => {
  it('sends the first key at once, later ones at most every 250 ms, and completes after two quiet seconds', () => {
    let { draft, sending } = sendAt(edited(fresh(), PLAN, 'Weekly. S', 1_000), 1_000);
    expect(sending).toMatchObject({ kind: 'typing', edits: { [PLAN]: { from: 'Weekly.', to: 'Weekly. S' } } });
    draft = edited(taken(draft, 5), PLAN, 'Weekly. Sl', 1_100);
    expect(next(draft, 1_100, NOTE_PACE)).toEqual({ do: 'wait', until: 1_250 });
    ({ draft, sending } = sendAt(draft, 1_250));
    expect(sending.edits[PLAN]).toEqual({ from: 'Weekly. S', to: 'Weekly. Sl' });
    draft = taken(draft, 6);
    expect(next(draft, 1_500, NOTE_PACE)).toEqual({ do: 'wait', until: 3_100 });
    ({ draft, sending } = sendAt(draft, 3_100));
    expect(sending).toMatchObject({ kind: 'patch', edits: {} });
    expect(isAtRest(taken(draft, 7))).toBe(true);
  });

  it('completes at once on a pause, a choice or a mark', () => {
    const typed = edited(fresh(), PLAN, 'x', 0);
    expect(sendAt(paused(typed, 10), 10).sending.kind).toBe('patch');
    expect(sendAt(edited(fresh(), RISK, 'low', 0, true), 0).sending.kind).toBe('patch');
    expect(sendAt(marked(fresh(), { addDiagnoses: ['d1'] }), 0).sending).toMatchObject({ kind: 'patch', marks: { addDiagnoses: ['d1'] } });
  });

  it('has one call on its way at a time, and nothing to do for a note that nobody touched', () => {
    const { draft } = sendAt(edited(fresh(), PLAN, 'a', 0), 0);
    expect(next(edited(draft, PLAN, 'ab', 100), 5_000, NOTE_PACE)).toBeNull();
    expect(next(fresh(), 5_000, NOTE_PACE)).toBeNull();
  });
});

describe('text that comes in from elsewhere', () => {
  it('replaces a part that nobody touched', () => {
    expect(shown(loaded(fresh(), { [PLAN]: 'Every two weeks.', [RISK]: '' }, 2))).toBe('Every two weeks.');
  });

  it('never replaces words that were not taken yet, nor those of a patch that is still open', () => {
    const typed = edited(fresh(), PLAN, 'Weekly, mornings.', 0);
    expect(shown(loaded(typed, { [PLAN]: 'Other.', [RISK]: '' }, 9))).toBe('Weekly, mornings.');
    const { draft: flying } = sendAt(typed, 0);
    expect(shown(loaded(flying, { [PLAN]: 'Other.', [RISK]: '' }, 9))).toBe('Weekly, mornings.');
    const open = taken(flying, 9);
    expect(shown(loaded(open, { [PLAN]: 'Other.', [RISK]: '' }, 10))).toBe('Weekly, mornings.');
  });

  it('is ignored when it was asked for before the last words were taken', () => {
    const { draft } = sendAt(paused(edited(fresh(), PLAN, 'New.', 0), 0), 0);
    const rest = taken(draft, 7);
    expect(shown(loaded(rest, { [PLAN]: 'Weekly.', [RISK]: '' }, 7))).toBe('New.');
    expect(shown(loaded(rest, { [PLAN]: 'New. And theirs.', [RISK]: '' }, 8))).toBe('New. And theirs.');
  });

  it('does not take a part away while words in it are unsent', () => {
    const typed = edited(fresh(), PLAN, 'Kept.', 0);
    expect(shown(loaded(typed, { [RISK]: '' }, 5))).toBe('Kept.');
    expect(shown(loaded(fresh(), { [RISK]: '' }, 5))).toBeUndefined();
  });
});

function failed(): Draft {
  const { draft } = sendAt(edited(fresh(), PLAN, 'Words.', 0), 0);
  return refused(draft, DISK_FULL, 50);
}

describe('a save that fails', () => {
  it('keeps the words, says so, and tries again from the same beginning', () => {
    const draft = failed();
    expect(shown(draft)).toBe('Words.');
    expect(hasUnsaved(draft)).toBe(true);
    expect(draft.failure).toMatchObject({ code: 'disk_full', tries: 1 });
    expect(next(draft, 60, NOTE_PACE)).toEqual({ do: 'wait', until: 1_050 });
    expect(sendAt(edited(draft, PLAN, 'Words. More.', 900), 1_050).sending.edits[PLAN]).toEqual({ from: 'Weekly.', to: 'Words. More.' });
  });

  it('waits longer each time, but not when the author asks', () => {
    const again = refused(sendAt(failed(), 1_050).draft, DISK_FULL, 1_100);
    expect(next(again, 1_200, NOTE_PACE)).toEqual({ do: 'wait', until: 3_100 });
    expect(next(paused(again, 1_200), 1_200, NOTE_PACE)).toMatchObject({ do: 'send' });
  });

  it('keeps marks and joins later ones to them', () => {
    const { draft } = sendAt(marked(fresh(), { addDiagnoses: ['d1', 'd2'] }), 0);
    const later = marked(refused(draft, DISK_FULL, 0), { removeDiagnoses: ['d1'], pulledForward: { plan: 'n1' } });
    expect(later.marks).toEqual({ addDiagnoses: ['d2'], removeDiagnoses: ['d1'], pulledForward: { plan: 'n1' } });
  });

  it('waits for the device to be opened when it was locked under the hands', () => {
    const { draft } = sendAt(edited(fresh(), PLAN, 'Half a wor', 0), 0);
    const locked = refused(draft, { code: 'locked', message: '' }, 10);
    expect(next(paused(locked, 99_000), 99_000, NOTE_PACE)).toBeNull();
    expect(next(unlocked(locked, 99_000), 99_000, NOTE_PACE)).toMatchObject({ do: 'send', sending: { edits: { [PLAN]: { to: 'Half a wor' } } } });
  });
});

function takenBy(core: Core, draft: Draft, sending: Sending, order: number): Draft {
  core.write(sending);
  return taken(draft, order);
}

/** A core of one section, as small as it can be: it keeps an open patch, and other devices write too. */
class Core {
  text = 'start ';
  /** Texts that are kept for good: what was replaced, and what was set aside in a branch. */
  readonly kept: string[] = [];
  private open: { readonly from: string; readonly before: string; branch: string | null } | null = null;

  write({ kind, edits }: Sending): void {
    const edit = edits[PLAN];
    if (edit !== undefined && edit.from !== edit.to) this.grow(edit.from, edit.to);
    if (kind === 'patch') this.close();
  }

  /** An open patch is decided anew: over what stood before it, from where it began, to the newest words. */
  private grow(from: string, to: string): void {
    this.open ??= { from, before: this.text, branch: null };
    if (this.open.before === this.open.from) this.text = to;
    else this.open.branch = to;
  }

  private close(): void {
    if (this.open?.branch != null) this.kept.push(this.open.branch);
    this.kept.push(this.text);
    this.open = null;
  }

  elsewhere(word: string): void {
    this.close();
    this.text += word;
    this.kept.push(this.text);
  }
}

interface Variant {
  readonly loads: typeof loaded;
}

/** Types numbered words with failures, late answers and another device in between; gives the words that are nowhere. */
function lostWords(seed: number, { loads }: Variant): readonly string[] {
  let state = seed * 2_654_435_761;
  const dice = (sides: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * sides);
  };
  const core = new Core();
  const answers: { text: string; asked: number }[] = [];
  let order = 1;
  let draft = loads(EMPTY_DRAFT, { [PLAN]: core.text }, order);
  const typed: string[] = [];
  for (let at = 0; at < 60_000; at += 100) {
    if (at < 50_000 && dice(3) === 0) {
      const word = `w${typed.length} `;
      typed.push(word);
      draft = edited(draft, PLAN, `${shown(draft) ?? ''}${word}`, at);
    }
    if (dice(60) === 0) core.elsewhere(`e${at} `);
    if (dice(40) === 0) draft = paused(draft, at);
    if (dice(8) === 0) answers.push({ text: core.text, asked: ++order });
    const answer = dice(5) === 0 ? answers.shift() : undefined;
    if (answer) draft = loads(draft, { [PLAN]: answer.text }, answer.asked);
    const step = next(draft, at, NOTE_PACE);
    if (step?.do !== 'send') continue;
    order += 1;
    draft = sent(draft, step.sending, at);
    draft = dice(10) === 0 ? refused(draft, DISK_FULL, at) : takenBy(core, draft, step.sending, order);
  }
  const kept = [...core.kept, core.text].join('\n');
  return typed.filter((word) => !kept.includes(word));
}

/** A screen that takes in whatever arrives. */
const greedy: typeof loaded = (draft, texts) => {
  const text = texts[PLAN];
  const part = draft.parts[PLAN];
  if (text === undefined || part === undefined) return loaded(draft, texts, Number.POSITIVE_INFINITY);
  return { ...draft, parts: { ...draft.parts, [PLAN]: { ...part, saved: text, now: text } } };
};

/** A screen that moves on while the patch is still open. */
const hasty: typeof loaded = (draft, texts, asked) => {
  const part = draft.parts[PLAN];
  return loaded(part === undefined ? draft : { ...draft, parts: { ...draft.parts, [PLAN]: { ...part, isOpen: false } } }, texts, asked);
};

describe('every word that was typed', () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed + 1);

  it('is in the note or kept beside it', () => {
    expect(seeds.flatMap((seed) => lostWords(seed, { loads: loaded }))).toEqual([]);
  });

  it('would be lost by a careless screen', () => {
    for (const loads of [greedy, hasty]) expect(seeds.flatMap((seed) => lostWords(seed, { loads })).length).toBeGreaterThan(0);
  });
});
