import { UNSTABLE_ToastQueue as ToastQueue } from 'react-aria-components';

export interface ToastWords {
  readonly text: string;
  /** The word of the way back, `Undo`. */
  readonly undo?: { readonly word: string; readonly act: () => void };
}

/** What was done, with a way back. Refusals and errors stay where they happened and are never toasts. */
export const toasts = new ToastQueue<ToastWords>({ maxVisibleToasts: 2 });

/** Ten seconds to read and reach the way back; a toast under the pointer or with focus waits. */
const LASTS_MS = 10_000;

/** Before a lock, as a toast may name a client, and before a question whose answer its way back would change. */
export function forgetToasts(): void {
  toasts.clear();
}

export function toast(words: ToastWords): void {
  toasts.add(words, { timeout: LASTS_MS });
}
