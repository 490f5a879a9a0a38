import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useLayoutEffect, useMemo, useState } from 'react';

import { orderOf } from '../../backend/call';
import type { FindingView, NoteView } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { forgetToasts, toast } from '../../shared/ui/toasts';
import { isOfTheWholeNote, type Place, toldApart } from './model';
import { NoteEditor } from './NoteEditor';
import { noteAutosave, textsOf } from './noteSaving';
import { NoteSide } from './NoteSide';
import { stillToSay, withoutPulled, withPulled } from './pulling';
import { ReasonDialog } from './ReasonDialog';
import { fieldPart, type Marks, NO_MARKS, sectionPart } from './saving';
import { Signing } from './Signing';
import { useDraft } from './useDraft';

interface WritingProps {
  readonly note: NoteView;
  readonly section: string | null;
  readonly onSigned: () => void;
}

/** Where the caret stood in each note when its screen went away: a lock or a glance at the chart keeps the place. */
const places = new Map<string, Place>();

/** Sections of each note whose pulled text she said is true of this session; kept while the window is open. */
const checkedSections = new Map<string, ReadonlySet<string>>();

function placeOfCaret(): Place | null {
  const field = document.activeElement;
  const key = field instanceof HTMLTextAreaElement ? field.dataset['part'] : undefined;
  if (!(field instanceof HTMLTextAreaElement) || key === undefined || !key.startsWith('section:')) return null;
  return { target: 'section', key: key.slice('section:'.length), caret: field.selectionStart };
}

/** The draft of a note, connected: every key is taken within half a second, every deed completes the words first. */
export function Writing({ note, section, onSigned }: WritingProps) {
  const client = useQueryClient();
  const { navigate, history } = useRouter();
  const noteId = note.row.note_id;
  const autosave = useMemo(() => noteAutosave(client, noteId), [client, noteId]);
  const marks = useDraft(autosave, (draft) => draft.marks);
  const marksSent = useDraft(autosave, (draft) => draft.flight?.marks ?? NO_MARKS);
  const status = useCall('status', { all_notes: false });
  const last = useCall('note_show', { note_id: note.previous_note_id ?? '' }, { enabled: note.previous_note_id !== null }).data;
  const [checked, setChecked] = useState<ReadonlySet<string>>(() => checkedSections.get(noteId) ?? new Set());
  const confirm = useChange('note_confirm');
  const format = useChange('note_format');
  const restore = useChange('note_restore');
  const voiding = useChange('note_void');
  const [at, setAt] = useState<{ readonly place: Place | null }>(() => ({
    place: section === null ? (places.get(noteId) ?? null) : { target: 'section', key: section },
  }));
  const [asks, setAsks] = useState<'sign' | 'void' | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);

  useEffect(() => {
    autosave.load(textsOf(note), orderOf(note));
  }, [autosave, note]);

  useLayoutEffect(
    () => () => {
      const place = placeOfCaret();
      if (place === null) places.delete(noteId);
      else places.set(noteId, place);
      autosave.pause();
    },
    [autosave, noteId],
  );

  /** Completes the words, then does something with them; what cannot be saved is not acted on. */
  const after = async (deed: () => void) => {
    setRefusal(null);
    if (await autosave.flush()) deed();
  };
  const check = (section: string, isTrue: boolean) => {
    const sections = new Set(checkedSections.get(noteId));
    if (isTrue) sections.add(section);
    else sections.delete(section);
    checkedSections.set(noteId, sections);
    setChecked(sections);
  };
  /** A way back that is left over from the writing would change the text behind the question, and lie over it. */
  const ask = (question: 'sign' | 'void') => {
    forgetToasts();
    setAsks(question);
  };
  const refuse = { onError: (error: { readonly message: string }) => setRefusal(error.message) };
  const pull = (key: string, passage: string, from: string) => {
    const part = sectionPart(key);
    const before = autosave.current().parts[part]?.now ?? '';
    autosave.pull(key, withPulled(before, passage), from);
    check(key, false);
    setAt({ place: { target: 'section', key } });
    const takeBack = () => {
      const left = withoutPulled(autosave.current().parts[part]?.now ?? '', before, passage);
      if (left === null) setRefusal('What was pulled forward has been changed since, so nothing was taken out. Take out by hand what does not belong here.');
      else autosave.edit(part, left, true);
      setAt({ place: { target: 'section', key } });
    };
    toast({ text: 'Pulled forward', undo: { word: 'Take it back', act: takeBack } });
  };
  const settle = () => void after(() => void navigate({ to: '/conflict/$noteId', params: { noteId } }));
  const jump = (finding: FindingView) => {
    // What is true of the note as a whole stands in no place of it: two texts are settled on a screen of their own.
    if (isOfTheWholeNote(finding)) settle();
    else setAt({ place: { target: finding.target, key: finding.key } });
  };

  // Where the last note is unknown, or gone as entered in error, the advice stays.
  const findings = stillToSay({ findings: note.findings, sections: note.sections, last: last?.sections ?? null, checked });
  const shown = { ...note, findings: toldApart(findings, note.sections) };

  return (
    <>
      <NoteEditor
        note={shown}
        autosave={autosave}
        named={withMarks(note, [marksSent, marks])}
        synced={status.data === undefined ? null : (status.data.notes[noteId] ?? 'synced')}
        refusal={refusal}
        isConfirming={confirm.isPending}
        at={at}
        onBack={() => history.back()}
        onOpenChart={() => void navigate({ to: '/chart/$clientId', params: { clientId: note.row.client_id } })}
        onSection={(key, text) => autosave.edit(sectionPart(key), text)}
        onField={(key, value, isWhole) => autosave.edit(fieldPart(key), value, isWhole)}
        onDiagnosis={(id, isNamed) => autosave.mark(isNamed ? { addDiagnoses: [id] } : { removeDiagnoses: [id] })}
        onPause={() => autosave.pause()}
        onConfirm={(key) =>
          void after(() => {
            const read = autosave.current().parts[sectionPart(key)]?.now;
            if (read !== undefined) confirm.mutate({ note_id: noteId, sections: { [key]: read } }, refuse);
          })
        }
        onConflicts={settle}
        onJump={jump}
        onFormat={(to) => void after(() => format.mutate({ note_id: noteId, to }, refuse))}
        onVoid={() => void after(() => ask('void'))}
        onSign={() => void after(() => ask('sign'))}
        side={
          <NoteSide
            note={shown}
            onPull={pull}
            onJump={jump}
            onStillTrue={(key) => {
              check(key, true);
              setAt({ place: { target: 'section', key } });
              toast({ text: 'Still true of this session', undo: { word: 'Take it back', act: () => check(key, false) } });
            }}
            onRestore={(revision) =>
              void after(() =>
                restore.mutate(
                  { note_id: noteId, revision_id: revision.revision_id },
                  { ...refuse, onSuccess: () => toast({ text: 'The earlier text is back. What it replaced is in the history.' }) },
                ),
              )
            }
          />
        }
      />
      {asks === 'sign' ? (
        <Signing
          note={note}
          isOnline={status.data?.is_online ?? false}
          onClose={() => setAsks(null)}
          onJump={jump}
          onSigned={() => {
            setAsks(null);
            onSigned();
          }}
        />
      ) : null}
      {asks === 'void' ? (
        <ReasonDialog
          form={`void ${noteId}`}
          title="Entered in error?"
          explains="The draft leaves the chart’s list of notes and takes no more words. Its text is kept, and the reason with it."
          label="Why it was entered in error"
          deed="Mark as entered in error"
          isBusy={voiding.isPending}
          problem={voiding.error?.message ?? null}
          onClose={() => setAsks(null)}
          onGive={(reason, done) => voiding.mutate({ note_id: noteId, reason }, { onSuccess: done })}
        />
      ) : null}
    </>
  );
}

/** The diagnoses named, with what was ticked and has not come back yet. */
function withMarks(note: NoteView, pending: readonly Marks[]): NoteView['diagnoses'] {
  return pending.reduce<NoteView['diagnoses']>((named, marks) => {
    const added = note.chart_diagnoses.filter((one) => marks.addDiagnoses.includes(one.diagnosis_id) && !named.some((other) => other.diagnosis_id === one.diagnosis_id));
    return [...named.filter((one) => !marks.removeDiagnoses.includes(one.diagnosis_id)), ...added];
  }, note.diagnoses);
}
