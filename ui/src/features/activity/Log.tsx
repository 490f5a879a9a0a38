import { ListFilter } from 'lucide-react';
import { useMemo, useState } from 'react';

import type { JournalEntry } from '../../backend/generated/api';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { type Column, DataTable } from '../../shared/ui/DataTable';
import { EmptyState } from '../../shared/ui/EmptyState';
import { SyncPill } from '../../shared/ui/Pill';
import { Segmented } from '../../shared/ui/Segmented';
import styles from './Activity.module.css';
import { EntryDialog } from './EntryDialog';
import { type ActivityFilter, type ActivityRow, activityRow, counted, matches, type Opens } from './model';

interface LogProps {
  readonly entries: readonly JournalEntry[];
  readonly today: string;
  readonly onOpen: (opens: Opens) => void;
  /** `null` where everything that is kept is shown. */
  readonly onEarlier: (() => void) | null;
}

const named = (word: string, count: number) => (count === 0 ? word : `${word} ${count.toLocaleString()}`);

/** What went out and came in, newest first. */
export function Log({ entries, today, onOpen, onEarlier }: LogProps) {
  const [filter, setFilter] = useState<ActivityFilter>('all');
  const [chosen, setChosen] = useState<ActivityRow | null>(null);
  const counts = useMemo(() => counted(entries), [entries]);
  const rows = useMemo(() => entries.filter((entry) => matches(entry, filter)).map((entry) => activityRow(entry, today)), [entries, filter, today]);
  return (
    <>
      <div className={cx(styles.filter)}>
        <ListFilter size={14} aria-hidden="true" />
        <Segmented<ActivityFilter>
          label="Show"
          value={filter}
          onChange={setFilter}
          choices={[
            { id: 'all', word: 'All' },
            { id: 'failed', word: named('Failed', counts.failed) },
            { id: 'review', word: named('Needs review', counts.review) },
            { id: 'combined', word: named('Combined', counts.combined) },
          ]}
        />
        <span className={cx(styles.space)} />
        {onEarlier === null ? null : (
          <Button small onPress={onEarlier}>
            Show earlier
          </Button>
        )}
      </div>
      <div className={cx(styles.table)}>
        <DataTable
          label="Activity"
          rows={rows}
          columns={COLUMNS}
          onOpen={setChosen}
          empty={
            <EmptyState title="Nothing here">
              {filter === 'all' ? 'What this device sends and receives is listed here, from the first change on.' : 'No entry of this kind. That is good news.'}
            </EmptyState>
          }
        />
      </div>
      {chosen === null ? null : <EntryDialog row={chosen} onClose={() => setChosen(null)} onOpen={onOpen} />}
    </>
  );
}

const COLUMNS: readonly Column<ActivityRow>[] = [
  { id: 'when', heading: 'When', width: '11rem', order: (row) => row.order, draw: (row) => <time>{row.when}</time> },
  { id: 'what', heading: 'What', width: 'minmax(12rem, 0.8fr)', order: (row) => row.what, draw: (row) => <span className={cx(styles.what)}>{row.what}</span> },
  { id: 'state', heading: 'State', width: '12rem', order: (row) => row.state, draw: (row) => <SyncPill state={row.state} /> },
  {
    id: 'outcome',
    heading: 'What came of it',
    width: 'minmax(16rem, 2fr)',
    draw: (row) => <span className={cx(styles.outcome)}>{row.outcome}</span>,
  },
];
