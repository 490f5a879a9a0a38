import { invoke } from '@tauri-apps/api/core';

import type { ApiError, CallName, Calls, Code, FieldProblem } from './generated/api';

/** What a call is refused with, as something that can be thrown. Its words are for people and stay on the screen. */
export class CallError extends Error implements ApiError {
  readonly code: Code;
  readonly field_errors: FieldProblem[];
  readonly retryable: boolean;

  constructor(error: ApiError) {
    super(error.message);
    this.name = `CallError ${error.code}`;
    this.code = error.code;
    this.field_errors = error.field_errors;
    this.retryable = error.retryable;
  }
}

function isApiError(value: unknown): value is ApiError {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value && typeof value.message === 'string';
}

/** The application did not answer in its own words: the call may or may not have happened. */
const SILENT: ApiError = {
  code: 'internal',
  message: 'The application did not answer. What was saved before is safe. Try again; if it stays so, close the window and open it again.',
  field_errors: [],
  retryable: true,
};

let begun = 0;
const orders = new WeakMap<object, number>();

/** How many calls were begun so far. */
export function lastOrder(): number {
  return begun;
}

/** The number of the call that gave this answer: it tells nothing of what later calls did. */
export function orderOf(answer: object): number {
  return orders.get(answer) ?? 0;
}

/**
 * The one way to the application. Gives what the call gives, or rejects with a `CallError`; nothing else ever
 * comes out of here, so that a caller branches on `code` and shows `message` without asking further.
 */
export async function call<K extends CallName>(name: K, input: Calls[K]['input']): Promise<Calls[K]['output']> {
  begun += 1;
  const order = begun;
  try {
    const answer = await invoke<Calls[K]['output']>('call', { name, input });
    if (typeof answer === 'object') orders.set(answer, order);
    return answer;
  } catch (error: unknown) {
    throw new CallError(isApiError(error) ? { ...SILENT, ...error } : SILENT);
  }
}

const painted = () => void invoke('painted').catch(() => undefined);

/** Tells the shell, after a frame was drawn, that the window is not blank. */
export function tellPainted(): void {
  // Behind other windows nothing is drawn, and nothing is wrong.
  if (document.visibilityState === 'hidden') painted();
  // The second frame begins once the first is on the screen.
  else requestAnimationFrame(() => requestAnimationFrame(painted));
}

/** Answers the shell when it is to end: that it was heard, and that nothing is left to save. */
export function answerEnding(answer: 'heard' | 'saved'): void {
  // A shell that does not hear ends by itself, or is asked to end once more.
  invoke('ending', { answer }).catch(() => undefined);
}
