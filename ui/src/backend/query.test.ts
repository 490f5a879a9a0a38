import { type QueryClient, QueryObserver } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';

import { invalidate, makeQueryClient, takeIn } from './query';

const KEY = ['status', { all_notes: false }] as const;

/** A screen that shows the status, and the answers that it waits for. */
function shown(client: QueryClient) {
  const answers: ((answer: unknown) => void)[] = [];
  const observer = new QueryObserver<unknown>(client, {
    queryKey: KEY,
    queryFn: () =>
      new Promise((resolve) => {
        answers.push(resolve);
      }),
  });
  observer.subscribe(() => undefined);
  return { answers, screen: () => observer.getCurrentResult().data };
}

const settled = () =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

describe('an answer that was under way when something changed', () => {
  it('does not replace what the application said after it', async () => {
    const client = makeQueryClient();
    const { answers, screen } = shown(client);
    const said = { is_online: true } as never;
    await takeIn(client, 'status', { all_notes: false }, said);
    answers[0]?.({ is_online: false });
    await settled();
    expect(screen()).toBe(said);
  });

  it.each([['the first answer', false], ['a later one', true]])('is asked for again, be it %s', async (_, hasAnswer) => {
    const client = makeQueryClient();
    const { answers, screen } = shown(client);
    if (hasAnswer) {
      answers[0]?.('first');
      await settled();
      void client.refetchQueries({ queryKey: KEY });
    }
    const underWay = answers.length;
    void invalidate(client, ['status']);
    await settled();
    expect(answers.length).toBe(underWay + 1);
    answers[underWay]?.('after the change');
    answers[underWay - 1]?.('before the change');
    await settled();
    expect(screen()).toBe('after the change');
  });
});
