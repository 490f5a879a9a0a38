/** Joins class names; an absent one is left out. Always a string, as React Aria wants one. */
export function cx(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}
