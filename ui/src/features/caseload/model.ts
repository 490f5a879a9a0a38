import type { ClientRow } from '../../backend/generated/api';

/** A client with what she is found by, folded once: ten thousand names are searched between two keystrokes. */
export interface Findable {
  readonly row: ClientRow;
  readonly words: readonly string[];
  /** Which letters each word holds, for telling at a glance that it is too far off. */
  readonly letters: readonly number[];
  readonly sounds: readonly string[];
}

/** Letters and figures in lower case without marks; whatever else stands between them parts two words. */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('æ', 'ae')
    .replaceAll(/[’'`]/g, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

const wordsOf = (text: string) => folded(text).split(' ').filter(Boolean);

const order = new Intl.Collator();

/** Ready for finding, in the order of the family names. */
export function findable(rows: readonly ClientRow[]): readonly Findable[] {
  return rows.toSorted((one, other) => order.compare(one.sort_name, other.sort_name)).map((row) => {
    const names = wordsOf(`${row.find} ${row.name}`);
    const number = folded(row.chart_number).replaceAll(' ', '');
    const figures = row.chart_number.replaceAll(/\D/g, '');
    const words = [...new Set([...names, number, figures, ...wordsOf(row.chart_number), row.birth_date ?? ''])].filter(Boolean);
    return {
      row,
      words,
      letters: words.map(lettersOf),
      sounds: [...new Set(names.map(sound))].filter((key) => key.length > 1),
    };
  });
}

/** How well a word of the question fits a client; smaller is better, `null` is not at all. */
const EXACT = 0;
const BEGINS = 1;
const WITHIN = 3;
const SOUNDS = 6;
const SLIPPED = 8;

/** Fewer strict hits than this, and names that only sound alike or are a slip away are shown too. */
const FEW = 6;

/**
 * Clients for a question of one or more words, best first. Each word must fit some name, the chart number or the
 * date of birth: as it begins, as it stands within, as it sounds, or with a slip or two of the fingers.
 */
export function findClients(among: readonly Findable[], question: string): readonly ClientRow[] {
  const asked = askedIn(question);
  if (asked.length === 0) return among.map((entry) => entry.row);
  const strict = ranked(among, asked, strictly);
  if (strict.length >= FEW) return strict;
  const seen = new Set(strict.map((row) => row.client_id));
  const keys = new Map(asked.map((word) => [word, sound(word)]));
  return [...strict, ...ranked(among, asked, (entry, word) => strictly(entry, word) ?? loosely(entry, word, keys.get(word) ?? '')).filter((row) => !seen.has(row.client_id))];
}

/** Whether somebody fits as typed; else all that `findClients` gives are guesses. */
export function someFitAsTyped(among: readonly Findable[], question: string): boolean {
  const asked = askedIn(question);
  return among.some((entry) => asked.every((word) => strictly(entry, word) !== null));
}

/** The words of a question. A date of birth is one word. */
function askedIn(question: string): readonly string[] {
  const whole = question.trim();
  return /^\d{4}-\d{2}-\d{2}$/.test(whole) ? [whole] : wordsOf(whole);
}

function ranked(among: readonly Findable[], asked: readonly string[], fit: (entry: Findable, word: string) => number | null): readonly ClientRow[] {
  const hits: { readonly row: ClientRow; readonly rank: number }[] = [];
  for (const entry of among) {
    let rank = 0;
    for (const word of asked) {
      const found = fit(entry, word);
      if (found === null) {
        rank = -1;
        break;
      }
      rank += found;
    }
    if (rank >= 0) hits.push({ row: entry.row, rank });
  }
  return hits.toSorted((one, other) => one.rank - other.rank || order.compare(one.row.sort_name, other.row.sort_name)).map((hit) => hit.row);
}

function strictly(entry: Findable, asked: string): number | null {
  let best: number | null = null;
  for (const word of entry.words) {
    const at = word.indexOf(asked);
    if (at < 0) continue;
    const fit = at > 0 ? WITHIN : word.length === asked.length ? EXACT : BEGINS;
    if (best === null || fit < best) best = fit;
    if (best === EXACT) break;
  }
  return best;
}

function loosely(entry: Findable, asked: string, key: string): number | null {
  if (asked.length < 3 || /\d/.test(asked)) return null;
  if (key.length > 1 && entry.sounds.some((other) => other === key || (asked.length > 3 && key.length > 2 && other.startsWith(key)))) return SOUNDS;
  const allowed = asked.length > 7 ? 2 : asked.length > 3 ? 1 : 0;
  if (allowed === 0) return null;
  const letters = lettersOf(asked);
  let least = allowed + 1;
  for (const [at, word] of entry.words.entries()) {
    if (ones(letters & ~(entry.letters[at] ?? 0)) <= allowed) least = Math.min(least, slips(asked, word, allowed));
  }
  return least > allowed ? null : SLIPPED + least;
}

/** One bit per letter of a to z; each letter that a word lacks is at least one slip. */
function lettersOf(word: string): number {
  let bits = 0;
  for (const letter of word) {
    const at = letter.charCodeAt(0) - 97;
    if (at >= 0 && at < 26) bits |= 1 << at;
  }
  return bits;
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/**
 * Letters that were missed, added, mistaken or swapped between what was typed and the beginning of a word, so that
 * a name is found before it is typed to its end. More than `allowed` reads `allowed + 1`.
 */
export function slips(typed: string, word: string, allowed: number): number {
  const width = Math.min(word.length, typed.length + allowed);
  let before: number[] = [];
  let last: number[] = Array.from({ length: width + 1 }, (_, index) => index);
  for (let row = 1; row <= typed.length; row += 1) {
    const next: number[] = [row];
    let least = row;
    for (let column = 1; column <= width; column += 1) {
      const same = typed[row - 1] === word[column - 1] ? 0 : 1;
      let cost = Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same);
      if (row > 1 && column > 1 && typed[row - 1] === word[column - 2] && typed[row - 2] === word[column - 1]) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      next.push(cost);
      least = Math.min(least, cost);
    }
    if (least > allowed) return allowed + 1;
    before = last;
    last = next;
  }
  // Within one letter of its length the end of the word may still be missing; else the whole word is compared.
  const from = Math.max(0, typed.length - allowed);
  return Math.min(allowed + 1, ...last.slice(from));
}

const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^(kn|gn|pn)/, 'n'],
  [/^wr/, 'r'],
  [/^ps/, 's'],
  [/^x/, 's'],
  [/^sch(?=[lmnrw])/, 's'],
  [/tsch|tch|sch|sh|ch/g, 'x'],
  [/ph|pf/g, 'f'],
  [/qu|kw|ck|q/g, 'k'],
  [/c(?=[eiy])/g, 's'],
  [/c/g, 'k'],
  [/dg(?=[eiy])/g, 'j'],
  [/gh/g, ''],
  [/g(?=[eiy])/g, 'j'],
  [/x(?=s)/g, 'k'],
  [/z/g, 's'],
  [/[vw]/g, 'f'],
  [/th|dt|d/g, 't'],
  [/b/g, 'p'],
  [/(?<=.)h/g, ''],
];

/** What a name sounds like, roughly and in any of the languages that names come from: consonants, and an opening vowel. */
export function sound(word: string): string {
  let heard = word;
  for (const [spelling, letter] of SPELLINGS) heard = heard.replace(spelling, letter);
  const opens = /^[aeiouyj]/.test(heard) ? 'a' : '';
  return opens + heard.replaceAll(/[^a-z]|[aeiouyj]/g, '').replaceAll(/(.)\1+/g, '$1');
}
