import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { QuarantineRuleInput } from '../../backend/generated/api';
import { callKey, makeQueryClient } from '../../backend/query';
import { eventually } from '../../backend/testing';
import { MAX_PIECES, stoppedWords } from './model';
import { WorkPage } from './WorkPage';

interface Given {
  readonly name: string;
  readonly input: QuarantineRuleInput;
}

interface Screen {
  readonly onAccept: (reason: string) => void;
  readonly onReturn: (reason: string) => void;
}

const seen = vi.hoisted(() => ({
  invoke: vi.fn<(command: string, given: Given) => Promise<unknown>>(),
  screen: null as Screen | null,
}));
vi.mock('@tauri-apps/api/core', () => ({ invoke: seen.invoke }));
vi.mock('@tanstack/react-router', () => ({ useRouter: () => ({ navigate: () => undefined, history: { back: () => undefined } }) }));
vi.mock('./WorkScreen', () => ({
  WorkScreen: (screen: Screen) => {
    seen.screen = screen;
    return null;
  },
}));

const REFUSAL = { code: 'invalid', message: 'The chart does not take this work.', field_errors: [], retryable: false };

/** Identifiers that do not sort as they were written, and one piece in three decided long ago. */
const PIECES = Array.from({ length: 675 }, (_, index) => ({
  work_id: `w${(index * 7) % 675}`,
  written_civil: '2026-11-21 10:06',
  name: 'note.patch',
  texts: [],
  ruling: index % 3 === 0 ? 'returned' : null,
  laid: null,
  decided_by: 'Kemi Adeyemi',
  decided_civil: '2026-11-21 10:30',
  reason: '',
}));
const WAITING = PIECES.flatMap(({ work_id, ruling }) => (ruling === null ? [work_id] : []));

const SHOWN = callKey('quarantine_show', { note_id: 'n1', author_id: 'u1' });
const decided = () => seen.invoke.mock.calls.map(([, given]) => given);
const idle = (client: QueryClient) => eventually(() => expect(client.isMutating()).toBe(0));

describe('a pile of late work that is larger than one decision may be', () => {
  let client: QueryClient;
  beforeEach(() => {
    vi.clearAllMocks();
    client = makeQueryClient();
    client.setQueryData(callKey('whoami', {}), { today: '2026-11-24' } as never);
    client.setQueryData(SHOWN, { row: { title: '', service_date: null, written_civil: '2026-11-21 10:06' }, note_state: 'draft', texts: [], pieces: PIECES } as never);
    renderToStaticMarkup(
      <QueryClientProvider client={client}>
        <WorkPage noteId="n1" authorId="u1" />
      </QueryClientProvider>,
    );
  });

  it.each(['quarantine_accept', 'quarantine_return'] as const)('is decided by one press, part after part in the order in which it was written: %s', async (name) => {
    let isUnderWay = false;
    seen.invoke.mockImplementation(async () => {
      expect(isUnderWay, 'a later part goes on what an earlier one has laid').toBe(false);
      isUnderWay = true;
      await new Promise((answered) => void setTimeout(answered, 1));
      isUnderWay = false;
      return {};
    });
    if (name === 'quarantine_accept') seen.screen?.onAccept('Hers');
    else seen.screen?.onReturn('Hers');
    await idle(client);
    expect(decided().map(({ input }) => input.works.length)).toEqual([MAX_PIECES, MAX_PIECES, 50]);
    expect(decided().flatMap(({ input }) => input.works)).toEqual(WAITING);
    expect(decided()).toEqual(decided().map(({ input: { works } }) => ({ name, input: { note_id: 'n1', author_id: 'u1', works, reason: 'Hers' } })));
  });

  it('stops at the first refusal and says how much is done and what waits', async () => {
    seen.invoke.mockResolvedValueOnce({}).mockRejectedValueOnce(REFUSAL);
    seen.screen?.onAccept('Hers');
    await idle(client);
    expect(seen.invoke).toHaveBeenCalledTimes(2);
    const [decision] = client.getMutationCache().findAll({ mutationKey: ['quarantine_accept'] });
    expect(decision?.state.data).toEqual({ pieces: 200, of: 450, refusal: REFUSAL.message });
    // The rest is read anew, so that another press is about what still waits.
    expect(client.getQueryState(SHOWN)?.isInvalidated).toBe(true);
  });

  it('says so in words, and where nothing was done only why', () => {
    expect(stoppedWords({ pieces: 200, of: 450, refusal: 'Refused.' }, 'accepted')).toBe('200 of 450 pieces were accepted, and that stays. The other 250 still wait, because the next part was refused: Refused.');
    expect(stoppedWords({ pieces: 200, of: 201, refusal: 'Refused.' }, 'returned')).toContain('The other 1 still waits');
    expect(stoppedWords({ pieces: 0, of: 450, refusal: 'Refused.' }, 'accepted')).toBe('Refused.');
    expect(stoppedWords({ pieces: 450, of: 450, refusal: null }, 'accepted')).toBeNull();
  });

  it('is parted as the domain says', () => {
    const rust = readFileSync(join(import.meta.dirname, '../../../../crates/domain/src/quarantine/mod.rs'), 'utf8');
    const [, most = ''] = /MAX_PIECES: usize = ([\d_]+);/.exec(rust) ?? [];
    expect(Number(most.replaceAll('_', ''))).toBe(MAX_PIECES);
  });
});
