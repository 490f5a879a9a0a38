import { ArrowUpRight, GitMerge, PencilLine } from 'lucide-react';
import type { ReactNode } from 'react';

import type { NoteView } from '../../backend/generated/api';
import { useCall } from '../../backend/query';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Loaded } from '../../shared/ui/Loaded';
import styles from './NotesTab.module.css';

interface ReaderPaneProps {
  readonly noteId: string;
  readonly reader: (note: NoteView) => ReactNode;
  readonly onOpen: (noteId: string) => void;
  readonly onChoose: (noteId: string) => void;
}

/** The chosen note beside the list. Here it is only read; writing has a page of its own. */
export function ReaderPane({ noteId, reader, onOpen, onChoose }: ReaderPaneProps) {
  const note = useCall('note_show', { note_id: noteId }, { asksAnew: true });
  return (
    <Loaded answer={note} what="the note" rows={6} tall>
      {(view) => (
        <>
          <div className={cx(styles.bar)}>
            {view.branches.length > 0 && view.row.is_mine ? (
              <Button small icon={GitMerge} onPress={() => onChoose(noteId)}>
                Choose between the texts
              </Button>
            ) : null}
            <Button small icon={view.is_editable ? PencilLine : ArrowUpRight} onPress={() => onOpen(noteId)}>
              {view.is_editable ? 'Go on writing' : 'Open the note'}
            </Button>
          </div>
          {reader(view)}
        </>
      )}
    </Loaded>
  );
}
