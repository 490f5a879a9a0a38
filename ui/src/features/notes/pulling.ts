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
