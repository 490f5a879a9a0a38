import { useEffect, useMemo, useState } from 'react';

import { answerEnding } from '../backend/call';
import { hear } from '../backend/events';
import { flushAll, heldBack } from '../features/notes/Autosave';
import { isAnythingKept } from '../shared/kept';
import { AlertDialog } from '../shared/ui/Dialog';
import { Closing, type ClosingQuestion } from './closing';

const WORDS: Readonly<Record<ClosingQuestion['kind'], { readonly title: string; readonly stands: string; readonly next: string }>> = {
  saving: {
    title: 'Still saving your last words',
    stands: 'Saving them takes longer than usual.',
    next: 'The window closes by itself as soon as they are saved.',
  },
  failed: {
    title: 'Your last words are not saved',
    stands: 'They are only in this window.',
    next: 'Keep it open: saving is tried again by itself. If you close it now, the words since the last save are gone.',
  },
  form: {
    title: 'A form is not saved',
    stands: 'What you entered in it is only in this window.',
    next: 'Keep it open to save it: it stands where you left it. If you close it now, what you entered is gone.',
  },
  locked: {
    title: 'Your last words are not saved',
    stands: 'The device was locked before they were saved, so they are only in this window.',
    next: 'Keep it open and unlock: they are saved at once. If you close it now, the words since the last save are gone.',
  },
};

/** Stands on every screen, the lock's included, because words can wait behind each of them. */
export function ClosingDialog() {
  const [question, setQuestion] = useState<ClosingQuestion | null>(null);
  const closing = useMemo(() => new Closing({ flush: flushAll, held: heldBack, hasForm: isAnythingKept, answer: answerEnding, ask: setQuestion }), []);
  useEffect(() => hear('backend://ending', () => void closing.wanted()), [closing]);
  if (question === null) return null;
  const { title, stands, next } = WORDS[question.kind];
  return (
    <AlertDialog isOpen title={title} back="Keep open" confirm={question.kind === 'form' ? 'Close and lose it' : 'Close and lose the last words'} onClose={() => closing.stay()} onConfirm={() => closing.closeAnyway()}>
      <p>
        {stands} {question.kind === 'locked' ? '' : question.why}
      </p>
      <p>{next} Everything that was saved before is safe.</p>
    </AlertDialog>
  );
}
