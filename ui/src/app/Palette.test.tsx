import { QueryClientProvider } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { makeQueryClient } from '../backend/query';
import { clientRow, eventually } from '../backend/testing';
import type { PaletteEntry } from '../shared/ui/CommandPalette';
import { Palette } from './Palette';

const seen = vi.hoisted(() => ({
  invoke: vi.fn<() => Promise<unknown>>(),
  navigate: vi.fn<(to: unknown) => void>(),
  toast: vi.fn<(words: unknown) => void>(),
  entries: [] as readonly PaletteEntry[],
}));
vi.mock('@tauri-apps/api/core', () => ({ invoke: seen.invoke }));
vi.mock('@tanstack/react-router', () => ({ useRouter: () => ({ navigate: seen.navigate }) }));
vi.mock('../shared/ui/toasts', () => ({ toast: seen.toast }));
vi.mock('../shared/ui/CommandPalette', () => ({
  CommandPalette: ({ groups }: { readonly groups: readonly { readonly entries: readonly PaletteEntry[] }[] }) => {
    seen.entries = groups.flatMap((group) => group.entries);
    return null;
  },
}));
vi.mock('./finding', async (original) => ({
  ...(await original<object>()),
  clientsFor: () => ({ clients: [clientRow({ name: 'Teo Quill', chart_number: 'HL-1' })], areGuesses: false }),
}));

/** Drawn once and never mounted: the palette that was chosen from is gone when the answer comes. */
function choose(id: string): void {
  renderToStaticMarkup(
    <QueryClientProvider client={makeQueryClient()}>
      <Palette onClose={() => undefined} onDeed={() => undefined} />
    </QueryClientProvider>,
  );
  seen.entries.find((entry) => entry.id === id)?.act();
}

describe('what is chosen in the palette', () => {
  beforeEach(() => {
    vi.clearAllMocks();
  });

  it('opens the note that was begun, though the palette has closed', async () => {
    seen.invoke.mockResolvedValue({ id: 'note-1' });
    choose('write');
    await eventually(() => expect(seen.navigate).toHaveBeenCalledWith({ to: '/note/$noteId', params: { noteId: 'note-1' } }));
  });

  it('says why no note was begun, and why nothing was synced', async () => {
    seen.invoke.mockRejectedValue({ code: 'disk_full', message: 'The disk is full.' });
    for (const id of ['write', 'sync']) {
      choose(id);
      await eventually(() => expect(seen.toast).toHaveBeenCalledWith({ text: 'The disk is full.' }));
      seen.toast.mockClear();
    }
    expect(seen.navigate).not.toHaveBeenCalled();
  });

  it('says that it has synced', async () => {
    seen.invoke.mockResolvedValue({});
    choose('sync');
    await eventually(() => expect(seen.toast).toHaveBeenCalledWith({ text: 'Synced with the practice.' }));
  });
});
