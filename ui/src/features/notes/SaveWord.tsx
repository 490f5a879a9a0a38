import { SyncPill } from '../../shared/ui/Pill';
import type { SaveWords } from './useDraft';

/** What is true of the words: one of the six, or that they are being written. The latter is not read out at each pause. */
export function SaveWord({ state }: Pick<SaveWords, 'state'>) {
  return state === 'writing' ? <span aria-hidden="true">Writing…</span> : <SyncPill state={state} />;
}
