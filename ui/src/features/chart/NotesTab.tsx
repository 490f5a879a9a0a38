import type { ReactNode } from 'react';

import { cx } from '../../shared/ui/cx';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Icon } from '../../shared/ui/Icon';
import { RowList } from '../../shared/ui/RowList';
import { SplitPane } from '../../shared/ui/SplitPane';
import { type NoteStanding, STANDING_LOOK } from '../notes/model';
import styles from './NotesTab.module.css';

export interface NoteRow {
  readonly id: string;
  readonly date: string;
  readonly title: string;
  /** The first words of it, for recognising. */
  readonly gist: string;
  readonly standing: NoteStanding;
}

interface NotesTabProps {
  readonly rows: readonly NoteRow[];
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  readonly reader: ReactNode;
}

const ROW_PX = 60;

/** Two thousand notes of ten years: the list draws what is in sight, the chosen one stands beside it. */
export function NotesTab({ rows, chosen, onChoose, reader }: NotesTabProps) {
  if (rows.length === 0) return <EmptyState title="No notes yet">The first note usually comes from an appointment: open it on Today and press Enter.</EmptyState>;
  return (
    <SplitPane
      label="Notes and the chosen note"
      share={33}
      main={
        <div className={cx(styles.list)}>
          <RowList
            label="Notes"
            rows={rows}
            rowPx={ROW_PX}
            chosen={chosen}
            words={(row) => `${row.date} ${row.title}, ${STANDING_LOOK[row.standing].word}`}
            onOpen={(row) => onChoose(row.id)}
            draw={(row) => (
              <div className={cx(styles.row)}>
                <span className={cx(styles.date)} data-figures>
                  {row.date}
                </span>
                <span className={cx(styles.title)}>{row.title}</span>
                <span className={cx(styles.state)} data-tone={STANDING_LOOK[row.standing].tone}>
                  <Icon as={STANDING_LOOK[row.standing].icon} size={14} label={STANDING_LOOK[row.standing].word} />
                </span>
                <span className={cx(styles.gist)}>{row.gist}</span>
              </div>
            )}
          />
        </div>
      }
      side={<div className={cx(styles.reader)}>{reader}</div>}
    />
  );
}
