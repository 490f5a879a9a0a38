import { QueryClient } from '@tanstack/react-query';
import { expect, it, vi } from 'vitest';

import { addendumAutosave } from './noteSaving';
import { fieldPart, sectionPart } from './saving';

const { calls } = vi.hoisted(() => ({ calls: [] as { readonly name: string; readonly input: unknown }[] }));

vi.mock('../../backend/call', () => ({
  lastOrder: () => 1,
  call: (name: string, input: unknown) => {
    calls.push({ name, input });
    return Promise.resolve({ id: 'a1', outcome: 'applied', provisional: false, sync: 'saved' });
  },
}));

it('writes the words of an addendum with the reason that stands, whoever wrote it and when', async () => {
  const { autosave } = addendumAutosave(new QueryClient(), 'n1', 'a1');
  autosave.load({ [sectionPart('addendum')]: 'Her sister called.', [fieldPart('reason')]: 'Learnt later.' }, 1);
  autosave.edit(sectionPart('addendum'), 'Her sister called twice.');
  await expect(autosave.flush()).resolves.toBe(true);
  expect(calls.at(-1)?.input).toMatchObject({ addendum_id: 'a1', reason: 'Learnt later.' });
  autosave.edit(fieldPart('reason'), '');
  await expect(autosave.flush()).resolves.toBe(true);
  expect(calls.at(-1)?.input).toMatchObject({ reason: '' });
});
