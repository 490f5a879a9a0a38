import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import type { CallName } from '../src/backend/generated/api';
import { ANSWERS, Refused } from './practice';
import { WRITING } from './writing';

const answers = { ...ANSWERS, ...WRITING } as Readonly<Partial<Record<CallName, (input: unknown) => unknown>>>;
const address = new URLSearchParams(window.location.search);

/** How long an answer takes; `?wait=2000` shows what stands on a screen while it loads. */
const WAIT_MS = Number(address.get('wait') ?? 0);
/** `?fail=chart` refuses one call, `?fail=note_typing,note_patch` several, to see the screen that says so. */
const FAILS = address.get('fail')?.split(',') ?? [];

/** What the pages listen for; `say('backend://ending')` in the console is what the shell would say. */
const acts = new Map<number, (event: { readonly payload: unknown }) => void>();
const heard = new Map<string, number>();

const transformCallback = (act: (event: { readonly payload: unknown }) => void): number => acts.set(acts.size + 1, act).size;

function say(name: string, payload: unknown = {}): void {
  acts.get(heard.get(name) ?? 0)?.({ payload });
}

interface Given {
  readonly name?: CallName;
  readonly input?: unknown;
  readonly event?: string;
  readonly handler?: number;
}

async function invoke(command: string, given: Given): Promise<unknown> {
  if (command === 'plugin:event|listen' && given.event !== undefined && given.handler !== undefined) heard.set(given.event, given.handler);
  if (command !== 'call' || given.name === undefined) return 0;
  const answer = answers[given.name];
  if (WAIT_MS > 0) await new Promise((resume) => void window.setTimeout(resume, WAIT_MS));
  try {
    if (FAILS.includes(given.name)) throw new Refused('storage', 'The records could not be read. Nothing is lost. Close the window and open it again.');
    if (!answer) throw new Refused('internal', `The gallery has no answer to ${given.name}.`);
    return answer(given.input);
  } catch (error: unknown) {
    // What the window's bridge rejects with is a plain object, as here.
    // oxlint-disable-next-line typescript/only-throw-error -- see above
    throw error instanceof Refused ? error.error : error;
  }
}

/** The real screens, addresses and cache, over an invented practice. */
export async function live(path: string): Promise<ReactNode> {
  Object.assign(window, {
    say,
    __TAURI_INTERNALS__: { invoke, transformCallback, unregisterCallback: () => undefined, metadata: { currentWindow: { label: 'main' }, currentWebview: { label: 'main' } } },
    __TAURI_EVENT_PLUGIN_INTERNALS__: { unregisterListener: () => undefined },
  });
  const [{ router }, { makeQueryClient }] = await Promise.all([import('../src/app/router'), import('../src/backend/query')]);
  await router.navigate({ href: path });
  return (
    <QueryClientProvider client={makeQueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
