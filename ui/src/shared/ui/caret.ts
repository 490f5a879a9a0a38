/**
 * Where the caret belongs after a text was exchanged under it: before a change it stays, behind one it keeps its
 * distance from the end, inside one it goes to the beginning of what is new. Offsets in UTF-16 units.
 */
export function caretAfter(before: string, after: string, at: number): number {
  const shorter = Math.min(before.length, after.length);
  let same = 0;
  while (same < shorter && before[same] === after[same]) same += 1;
  if (at <= same) return at;
  let tail = 0;
  while (tail < shorter - same && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return before.length - at <= tail ? after.length - (before.length - at) : same;
}
