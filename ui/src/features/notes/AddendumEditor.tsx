import { useQueryClient } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { orderOf } from '../../backend/call';
import type { AddendumView, NoteView } from '../../backend/generated/api';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { SectionEditor, type SectionEditorHandle } from '../../shared/ui/SectionEditor';
import { TextField } from '../../shared/ui/TextField';
import { RadioGroup } from '../../shared/ui/Toggles';
import styles from './Addenda.module.css';
import { AddendumSigning } from './AddendumSigning';
import { addendumAutosave } from './noteSaving';
import { SaveWord } from './SaveWord';
import { fieldPart, sectionPart } from './saving';
import { usePart, useSaveWords } from './useDraft';

interface AddendumEditorProps {
  readonly note: NoteView;
  /** `null` for a new one. */
  readonly addendum: AddendumView | null;
  readonly onDone: () => void;
}

const WORDS = sectionPart('addendum');
const REASON = fieldPart('reason');

/** What is learnt after the signature. It is saved like a note and signed by itself. */
export function AddendumEditor({ note, addendum, onDone }: AddendumEditorProps) {
  const client = useQueryClient();
  const noteId = note.row.note_id;
  const [kind, setKind] = useState(addendum?.kind === 'correction' ? 'correction' : 'addendum');
  const { autosave, id, become } = useMemo(() => addendumAutosave(client, noteId, addendum?.addendum_id ?? null), [client, noteId, addendum?.addendum_id]);
  const words = usePart(autosave, WORDS, '');
  const reason = usePart(autosave, REASON, '');
  // An addendum is part of its note, so until something is taken here the note's word is true of it too.
  const save = useSaveWords(autosave, note.row.sync, null);
  const [signing, setSigning] = useState<string | null>(null);
  const first = useRef<SectionEditorHandle>(null);
  const isBegun = addendum !== null || words !== '' || reason !== '';

  useEffect(() => {
    // Where another device's words stand in it, these words have gone into an addendum of their own.
    if (addendum === null || (id() ?? addendum.addendum_id) !== addendum.addendum_id) return;
    const text = addendum.sections.find((section) => section.key === 'addendum')?.text ?? '';
    autosave.load({ [WORDS]: text, [REASON]: addendum.reason }, orderOf(note));
  }, [autosave, addendum, id, note]);

  useEffect(() => first.current?.focus(), []);

  useLayoutEffect(() => () => autosave.pause(), [autosave]);

  const after = async (deed: () => void) => {
    if (await autosave.flush()) deed();
  };

  return (
    <section aria-label="Addendum" className={cx(styles.addendum)} data-open data-density="writing">
      <RadioGroup
        label="What it is"
        inline
        value={kind}
        onChange={(chosen) => {
          become(chosen);
          setKind(chosen);
        }}
        isDisabled={isBegun}
        choices={[
          { id: 'addendum', word: 'Something to add' },
          { id: 'correction', word: 'A correction' },
        ]}
      />
      {save.problem === null ? null : (
        <Banner tone="brick" icon={CircleAlert} action={<Button small onPress={() => autosave.pause()}>Try again</Button>}>
          <strong>Your last words are not saved yet.</strong> {save.problem} They stay here.
        </Banner>
      )}
      <SectionEditor
        label="Addendum"
        part={WORDS}
        prompt="What is to be added, and since when you know it"
        value={words}
        onChange={(text) => autosave.edit(WORDS, text)}
        onBlur={() => autosave.pause()}
        handle={first}
      />
      <TextField
        label="Reason"
        hint="Why it comes after the signature."
        value={reason}
        onChange={(text) => autosave.edit(REASON, text)}
        onBlur={() => autosave.pause()}
        autoComplete="off"
        spellCheck="true"
      />
      <div className={cx(styles.deeds)}>
        <span role="status" className={cx(styles.quiet)}>
          {isBegun ? <SaveWord state={save.state} /> : null}
        </span>
        <Button onPress={() => void after(onDone)}>Sign later</Button>
        <Button tone="primary" isDisabled={words.trim() === ''} onPress={() => void after(() => setSigning(id()))}>
          Sign…
        </Button>
      </div>
      {signing === null ? null : (
        <AddendumSigning
          note={note}
          addendum={{ id: signing, kind, sections: [{ key: 'addendum', label: 'Addendum', text: words }], reason }}
          onClose={() => setSigning(null)}
          onSigned={onDone}
        />
      )}
    </section>
  );
}
