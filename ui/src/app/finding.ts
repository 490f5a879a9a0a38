const fold = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();

/** Whether every word of the query begins a word of the entry: `bo ap` finds *Book an appointment*. */
export function matches(word: string, query: string): boolean {
  const words = fold(word).split(/\s+/u);
  return fold(query)
    .split(/\s+/u)
    .filter((part) => part !== '')
    .every((part) => words.some((candidate) => candidate.startsWith(part)));
}

/** A passage as one line. */
export function plainSnippet(snippet: string): string {
  return snippet.replaceAll(/\s+/gu, ' ').trim();
}
