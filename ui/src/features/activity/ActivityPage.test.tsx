import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { JournalEntry, JournalInput } from '../../backend/generated/api';
import { invalidate, makeQueryClient } from '../../backend/query';
import { eventually } from '../../backend/testing';
import { ActivityPage } from './ActivityPage';
import type { ActivityFilter, ActivityRow } from './model';
import { PAGE, PAGES_AT_ONCE } from './useJournal';

interface Given {
  readonly name: string;
  readonly input: JournalInput;
}

interface Drawn {
  readonly rows: readonly ActivityRow[];
  readonly empty: ReactNode;
}

/** What the page last drew, and what the application was asked for. */
const seen = vi.hoisted(() => ({
  answer: (given: Given): unknown => given,
  asked: [] as JournalInput[],
  press: new Map<string, () => void>(),
  filter: null as ((filter: ActivityFilter) => void) | null,
  drawn: { rows: [], empty: null } as Drawn,
}));
vi.mock('@tauri-apps/api/core', () => ({
  invoke: (_: string, given: Given) => {
    if (given.name === 'journal') seen.asked.push(given.input);
    return Promise.resolve(seen.answer(given));
  },
}));
vi.mock('@tanstack/react-router', () => ({ useNavigate: () => () => undefined }));
vi.mock('../../shared/ui/Button', () => ({
  Button: ({ children, onPress }: { readonly children: string; readonly onPress: () => void }) => {
    seen.press.set(children, onPress);
    return children;
  },
}));
vi.mock('../../shared/ui/Segmented', () => ({
  Segmented: ({ label, onChange }: { readonly label: string; readonly onChange: (filter: ActivityFilter) => void }) => {
    if (label === 'Show') seen.filter = onChange;
    return null;
  },
}));
vi.mock('../../shared/ui/DataTable', () => ({
  DataTable: (drawn: Drawn) => {
    seen.drawn = drawn;
    return null;
  },
}));

const settled = (entry: number): JournalEntry => ({
  // A number on its way here; the generated type says bigint.
  entry: entry as never,
  at: '2026-11-21T15:06:00Z',
  at_civil: '2026-11-21 10:06',
  name: 'note.patch',
  outcome: 'applied',
  detail: 'Received by the server.',
  note_id: 'n1',
  client_id: 'c1',
  needs_review: false,
});

const refused = (entry: number, note: string): JournalEntry => ({ ...settled(entry), note_id: note, outcome: 'rejected', detail: 'Refused.', needs_review: true });

/** A device that has kept `count` entries, these among them, and whose status counts these notes as failed. */
function device(count: number, ...special: readonly JournalEntry[]) {
  const kept = Array.from({ length: count }, (_, index) => special.find(({ entry }) => Number(entry) === count - index) ?? settled(count - index));
  const failed = special.filter((entry) => entry.needs_review).map((entry) => [entry.note_id, 'failed'] as const);
  const notes = Object.fromEntries(failed);
  seen.answer = ({ name, input }) => {
    if (name === 'whoami') return { today: '2026-11-21' };
    if (name === 'status') return { notes, needs_review: Object.keys(notes).length, outbox: 0, is_online: true, message: null, last_sync_civil: null, buckets: 1, buckets_ready: 1 };
    const { before, limit = 100 } = input;
    return kept.filter(({ entry }) => before === undefined || entry < before).slice(0, Math.min(limit, 1_000));
  };
  return { kept };
}

/** The page as it stands. It is drawn without a document, so that what a screen would ask for at its opening is asked for here. */
async function show(client: QueryClient): Promise<string> {
  const draw = () => {
    seen.press.clear();
    return renderToStaticMarkup(
      <QueryClientProvider client={client}>
        <ActivityPage tab={null} />
      </QueryClientProvider>,
    );
  };
  draw();
  const unanswered = client.getQueryCache().findAll({ predicate: ({ state }) => state.data === undefined });
  await Promise.all(unanswered.map((query) => query.fetch()));
  return draw();
}

const idle = (client: QueryClient) => eventually(() => expect(client.isMutating() + client.isFetching()).toBe(0));
/** The log is on the screen, so a change is followed by asking at once. */
async function changed(client: QueryClient): Promise<void> {
  await invalidate(client, ['journal']);
  await client.refetchQueries({ predicate: ({ state }) => state.isInvalidated });
}

const shows = (entry: number) => seen.drawn.rows.some(({ order }) => order === entry);
const EARLIER = 'Show earlier entries';

describe('the log', () => {
  let client: QueryClient;
  beforeEach(() => {
    client = makeQueryClient();
    seen.asked = [];
  });

  it('goes back to the first entry that is kept, each of them once', async () => {
    device(2_345);
    await show(client);
    for (let presses = 0; seen.press.has(EARLIER); presses += 1) {
      expect(presses, 'it ends').toBeLessThan(10);
      seen.press.get(EARLIER)?.();
      await idle(client);
      await show(client);
    }
    expect(seen.drawn.rows.map(({ order }) => order)).toEqual(Array.from({ length: 2_345 }, (_, index) => 2_345 - index));
  });

  it.each(['failed', 'review'] as const)('looks back under “%s” for a refusal that nobody has seen to', async (filter) => {
    device(3_000, refused(40, 'n40'));
    expect(await show(client)).not.toContain('Refused.');
    expect(shows(40)).toBe(false);
    seen.filter?.(filter);
    await idle(client);
    await show(client);
    expect(shows(40), 'its dialog alone shows its words and settles it').toBe(true);
  });

  it('looks no further than it must', async () => {
    device(30_000, refused(29_990, 'n1'), refused(28_500, 'n2'), refused(3, 'n1'));
    await show(client);
    seen.filter?.('failed');
    await idle(client);
    expect(seen.asked).toEqual([{ limit: 200 }, { before: 29_801, limit: PAGE }, { before: 28_801, limit: PAGE }]);
    seen.filter?.('combined');
    await idle(client);
    expect(seen.asked).toHaveLength(3);
  });

  it('looks back a bounded way at once, and further when asked', async () => {
    device(25_000, refused(7, 'n7'));
    await show(client);
    for (const pages of [1, 2, 3]) {
      expect(shows(7)).toBe(false);
      seen.filter?.('failed');
      await idle(client);
      expect(seen.asked.length).toBeLessThanOrEqual(1 + pages * PAGES_AT_ONCE);
      await show(client);
    }
    expect(shows(7)).toBe(true);
    expect(seen.press.has(EARLIER), 'nothing is earlier').toBe(false);
  });

  it('keeps in sight what somebody has looked back for, whatever comes in above it', async () => {
    const { kept } = device(2_000, refused(700, 'n7'));
    await show(client);
    seen.filter?.('failed');
    await idle(client);
    kept.unshift(...Array.from({ length: 1_500 }, (_, index) => settled(3_500 - index)));
    await changed(client);
    await show(client);
    expect([shows(3_500), shows(700)]).toEqual([true, true]);
    expect(new Set(seen.drawn.rows.map(({ id }) => id)).size).toBe(seen.drawn.rows.length);
  });

  it('knows its first entry again, however many were kept since', async () => {
    device(2 * PAGE);
    await show(client);
    for (const _ of ['to 1,200', 'to the first']) {
      seen.press.get(EARLIER)?.();
      await idle(client);
      await show(client);
    }
    expect(seen.press.has(EARLIER)).toBe(false);
    await changed(client);
    await show(client);
    expect([seen.drawn.rows.length, seen.press.has(EARLIER)]).toEqual([2 * PAGE, false]);
  });

  it('says from when it is shown, and that it is not all', async () => {
    device(1_500);
    expect(await show(client)).toContain('From today, 10:06');
    for (const _ of ['to 1,200', 'to the first']) {
      seen.press.get(EARLIER)?.();
      await idle(client);
      await show(client);
    }
    expect(await show(client)).not.toContain('From today');
  });

  it('asks for pages as large as the application gives', () => {
    const rust = readFileSync(join(import.meta.dirname, '../../../../crates/app/src/journal.rs'), 'utf8');
    const [, most = ''] = /limit\.unwrap_or\(100\)\.min\(([\d_]+)\)/.exec(rust) ?? [];
    expect(Number(most.replaceAll('_', '')), 'a page that is cut short would be taken for the beginning of the log').toBe(PAGE);
  });
});
