import { useCallback, useState } from 'react';

/**
 * What was entered in forms that are neither saved nor given up. It outlives its screen: whoever looks something up
 * elsewhere, or comes back after a lock, goes on where she was. In memory only, never in the browser's storage.
 */
const forms = new Map<string, unknown>();

/** Keeps what stands in a form under its name; `null` once it is saved or given up. */
export function keep(form: string, entered: unknown): void {
  if (entered === null) forms.delete(form);
  else forms.set(form, entered);
}

/** What was kept of a form. Its name belongs to one shape. */
export function keptOf<T>(form: string): T | null {
  return (forms.get(form) as T | undefined) ?? null;
}

/** Whether something would be lost if the window closed now. */
export function isAnythingKept(): boolean {
  return forms.size > 0;
}

/** The device is nobody's any more. */
export function forgetKept(): void {
  forms.clear();
}

/** State that is kept as long as `isWorthIt` says that something was entered. */
export function useKept<T>(form: string, isWorthIt: (entered: T) => boolean): readonly [T | null, (entered: T | null) => void] {
  const [entered, setEntered] = useState(() => keptOf<T>(form));
  const enter = useCallback(
    (next: T | null) => {
      keep(form, next !== null && isWorthIt(next) ? next : null);
      setEntered(next);
    },
    [form, isWorthIt],
  );
  return [entered, enter];
}
