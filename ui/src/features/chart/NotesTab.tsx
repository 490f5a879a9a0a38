import { ListFilter } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';

import type { NoteRow } from '../../backend/generated/api';
import { dayNear } from '../../shared/format/near';
import { cx } from '../../shared/ui/cx';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Icon } from '../../shared/ui/Icon';
import { RowList } from '../../shared/ui/RowList';
import { SplitPane } from '../../shared/ui/SplitPane';
import { SearchBox } from '../../shared/ui/TextField';
import { STANDING_LOOK } from '../notes/model';
import styles from './NotesTab.module.css';

interface NotesTabProps {
  readonly rows: readonly NoteRow[];
  readonly today: string;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  readonly reader: ReactNode;
  /** Said where there are no notes. */
  readonly empty: string;
}

const ROW_PX = 60;
/** Below this many rows a filter is more to read than the list. */
const WORTH_FILTERING = 8;

/** Two thousand notes of ten years: the list draws what is in sight, the chosen one stands beside it. */
export function NotesTab({ rows, today, chosen, onChoose, reader, empty }: NotesTabProps) {
  const [filter, setFilter] = useState('');
  const shown = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/u).filter(Boolean);
    return rows
      .filter((row) => words.every((word) => `${row.title} ${row.gist} ${row.author} ${row.service_date ?? ''} ${STANDING_LOOK[row.standing].word}`.toLowerCase().includes(word)))
      .map((row) => ({ ...row, id: row.note_id }));
  }, [rows, filter]);
  if (rows.length === 0) return <EmptyState title="No notes yet">{empty}</EmptyState>;
  return (
    <SplitPane
      label="Notes and the chosen note"
      share={33}
      main={
        <div className={cx(styles.list)}>
          {rows.length < WORTH_FILTERING ? null : (
            <div className={cx(styles.filter)}>
              <SearchBox label="Narrow the notes" placeholder="A word, an author, 2026-10, draft" value={filter} onChange={setFilter} icon={ListFilter} />
            </div>
          )}
          <div className={cx(styles.rows)}>
            <RowList
              label="Notes"
              rows={shown}
              rowPx={ROW_PX}
              chosen={chosen}
              words={(row) => `${row.service_date === null ? '' : dayNear(row.service_date, today)} ${row.title}, ${STANDING_LOOK[row.standing].word}`}
              onOpen={(row) => onChoose(row.note_id)}
              empty={<p className={cx(styles.none)}>No note matches. The filter looks at headings, first words, authors and dates; Ctrl K searches whole texts.</p>}
              draw={(row) => (
                <div className={cx(styles.row)}>
                  <span className={cx(styles.date)} data-figures>
                    {row.service_date === null ? 'No date' : dayNear(row.service_date, today)}
                  </span>
                  <span className={cx(styles.title)}>{row.title}</span>
                  <span className={cx(styles.state)} data-tone={STANDING_LOOK[row.standing].tone}>
                    <Icon as={STANDING_LOOK[row.standing].icon} size={14} label={STANDING_LOOK[row.standing].word} />
                  </span>
                  <span className={cx(styles.gist)}>{row.gist === '' ? (row.is_mine ? 'Nothing written yet' : row.author) : row.gist}</span>
                </div>
              )}
            />
          </div>
        </div>
      }
      side={<div className={cx(styles.reader)}>{reader}</div>}
    />
  );
}
