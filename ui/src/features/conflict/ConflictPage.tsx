import { useRouter } from '@tanstack/react-router';
import { useMemo, useState, useSyncExternalStore } from 'react';

import { orderOf } from '../../backend/call';
import type { BranchView, NoteView } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { dayOfYear } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Loaded } from '../../shared/ui/Loaded';
import { choicesSaving } from '../notes/api';
import { ConflictScreen } from './ConflictScreen';
import { type Choice, type Choices, choicesOf, conflictView, decided } from './model';

export function ConflictPage({ noteId }: { readonly noteId: string }) {
  const { navigate } = useRouter();
  const note = useCall('note_show', { note_id: noteId }, { asksAnew: true });
  const answer = note.isFetchedAfterMount ? note : { ...note, data: undefined };
  return (
    <Loaded answer={answer} what="the two texts">
      {(view) => {
        const [branch] = view.branches;
        if (branch !== undefined) return <Choosing key={branch.branch_id} note={view} branch={branch} />;
        return (
          <EmptyState
            title="There is nothing to choose"
            action={
              <Button tone="primary" autoFocus onPress={() => void navigate({ to: '/note/$noteId', params: { noteId }, replace: true })}>
                Open the note
              </Button>
            }
          >
            The texts of this note agree. It may have been settled on another device.
          </EmptyState>
        );
      }}
    </Loaded>
  );
}

/**
 * One branch; where several wait, the next one follows by itself. What is chosen is kept by the application as it is
 * chosen, so that leaving, locking, Esc or a power cut loses none of it.
 */
function Choosing({ note, branch }: { readonly note: NoteView; readonly branch: BranchView }) {
  const { navigate, history } = useRouter();
  const resolve = useChange('note_resolve');
  const noteId = note.row.note_id;
  const saving = useMemo(() => choicesSaving(noteId, branch.branch_id), [noteId, branch.branch_id]);
  const [choices, setChoices] = useState<Choices>(() => choicesOf(saving.begin(branch.choices, orderOf(note))));
  const unsaved = useSyncExternalStore(saving.subscribe, saving.problem);
  const day = note.row.service_date === null ? '' : `, ${dayOfYear(note.row.service_date)}`;
  const view = conflictView(branch, note.row.client_name, `${note.row.title}${day}`, note.fields);
  const choose = (passage: string, choice: Choice) => {
    const next = { ...choices, [passage]: choice };
    saving.keep(next);
    setChoices(next);
  };
  return (
    <ConflictScreen
      view={view}
      choices={choices}
      refusal={resolve.error?.message ?? (unsaved === null ? null : `What you chose last is not saved yet. ${unsaved} It stays here, and saving is tried again by itself.`)}
      isBusy={resolve.isPending}
      onChoose={choose}
      onLeave={() => history.back()}
      onKeep={() => {
        const decision = decided(view, choices);
        if (decision === null) return;
        resolve.mutate(
          { note_id: noteId, branch_id: branch.branch_id, ...decision },
          {
            onSuccess: () => {
              if (note.branches.length === 1) void navigate({ to: '/note/$noteId', params: { noteId }, replace: true });
            },
          },
        );
      }}
    />
  );
}
