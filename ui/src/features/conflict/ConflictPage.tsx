import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';

import type { BranchView, NoteView } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { dayOfYear } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Loaded } from '../../shared/ui/Loaded';
import { ConflictScreen } from './ConflictScreen';
import { type Choice, type Choices, conflictView, decided } from './model';

/** Choices by branch, kept while the window is open: leaving, locking or Esc loses none of them. */
const chosen = new Map<string, Choices>();

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

/** One branch; where several wait, the next one follows by itself. */
function Choosing({ note, branch }: { readonly note: NoteView; readonly branch: BranchView }) {
  const { navigate, history } = useRouter();
  const resolve = useChange('note_resolve');
  const [choices, setChoices] = useState<Choices>(() => chosen.get(branch.branch_id) ?? {});
  const noteId = note.row.note_id;
  const day = note.row.service_date === null ? '' : `, ${dayOfYear(note.row.service_date)}`;
  const view = conflictView(branch, note.row.client_name, `${note.row.title}${day}`, note.fields);
  const choose = (passage: string, choice: Choice) => {
    const next = { ...choices, [passage]: choice };
    chosen.set(branch.branch_id, next);
    setChoices(next);
  };
  return (
    <ConflictScreen
      view={view}
      choices={choices}
      refusal={resolve.error?.message ?? null}
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
              chosen.delete(branch.branch_id);
              if (note.branches.length === 1) void navigate({ to: '/note/$noteId', params: { noteId }, replace: true });
            },
          },
        );
      }}
    />
  );
}
