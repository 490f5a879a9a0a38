import type { QueryClient } from '@tanstack/react-query';

import { call, lastOrder } from '../../backend/call';
import { CALLS, type Edited, type NoteView } from '../../backend/generated/api';
import { invalidate } from '../../backend/query';
import { Autosave, autosaveOf, type Saver } from './Autosave';
import { fieldPart, NOTE_PACE, type PartKey, sectionPart, type Sending } from './saving';

const clock = { order: lastOrder, now: () => Date.now() };

/** The edits of one kind of part, by their own keys. */
function editsOf(sending: Sending, kind: 'section' | 'field'): { [key: string]: Edited } {
  const prefix = `${kind}:`;
  return Object.fromEntries(
    Object.entries(sending.edits).flatMap(([key, edit]) => (key.startsWith(prefix) && edit !== undefined ? [[key.slice(prefix.length), { from: edit.from, to: edit.to }]] : [])),
  );
}

/** The saving of a note's draft. */
export function noteAutosave(client: QueryClient, noteId: string): Autosave {
  let came = 'applied';
  const saver: Saver = {
    ...clock,
    pace: NOTE_PACE,
    send: (sending) =>
      call(sending.kind === 'typing' ? 'note_typing' : 'note_patch', {
        note_id: noteId,
        sections: editsOf(sending, 'section'),
        fields: editsOf(sending, 'field'),
        add_diagnoses: [...sending.marks.addDiagnoses],
        remove_diagnoses: [...sending.marks.removeDiagnoses],
        pulled_forward: { ...sending.marks.pulledForward },
      }),
    onTaken: ({ outcome }, { kind }) => {
      // That words were combined or set aside is shown at once; the section itself waits for the pause.
      const isNews = outcome !== came && outcome !== 'applied' && outcome !== 'noop';
      came = outcome;
      if (kind === 'patch' || isNews) void invalidate(client, CALLS.note_patch.invalidates);
    },
  };
  return autosaveOf(`note:${noteId}`, () => new Autosave(saver));
}

/** The texts of a note as its editor keeps them. */
export function textsOf(note: NoteView): Partial<Record<PartKey, string>> {
  return Object.fromEntries([
    ...note.sections.map((section) => [sectionPart(section.key), section.text] as const),
    ...note.fields.map((field) => [fieldPart(field.key), field.value] as const),
  ]);
}

export interface AddendumSaving {
  readonly autosave: Autosave;
  /** The addendum's identifier once the application has given it one. */
  readonly id: () => string | null;
  /** Settles whether it adds or corrects, before its first words. */
  readonly become: (kind: string) => void;
}

const REASON = fieldPart('reason');
const addenda = new WeakMap<Autosave, { id: string | null; kind: string }>();

/** The saving of an addendum: a new one gets its identifier with the first words, and its kind is settled by then. */
export function addendumAutosave(client: QueryClient, noteId: string, addendumId: string | null): AddendumSaving {
  const autosave = autosaveOf(addendumKey(noteId, addendumId), () => {
    const known: { id: string | null; kind: string } = { id: addendumId, kind: 'addendum' };
    const made = new Autosave({
      ...clock,
      pace: NOTE_PACE,
      send: (sending) => {
        // It is written as a whole: where only the words changed, with the reason that stands.
        const reason = sending.edits[REASON]?.to ?? made.current().parts[REASON]?.saved ?? '';
        return call(sending.kind === 'typing' ? 'addendum_typing' : 'addendum_write', { note_id: noteId, ...(known.id === null ? {} : { addendum_id: known.id }), kind: known.kind, sections: editsOf(sending, 'section'), reason });
      },
      onTaken: (change, { kind }) => {
        known.id = change.id;
        if (kind === 'patch') void invalidate(client, CALLS.addendum_write.invalidates);
      },
    });
    addenda.set(made, known);
    return made;
  });
  return {
    autosave,
    id: () => addenda.get(autosave)?.id ?? null,
    become: (kind) => {
      const known = addenda.get(autosave);
      if (known) known.kind = kind;
    },
  };
}

export function addendumKey(noteId: string, addendumId: string | null): string {
  return `addendum:${addendumId ?? `new:${noteId}`}`;
}
