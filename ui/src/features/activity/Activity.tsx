import { Download, ListFilter, RefreshCw, RotateCcw } from 'lucide-react';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { type Column, DataTable } from '../../shared/ui/DataTable';
import { EmptyState } from '../../shared/ui/EmptyState';
import { SyncPill } from '../../shared/ui/Pill';
import { Segmented } from '../../shared/ui/Segmented';
import type { SyncState } from '../../shared/ui/sync';
import styles from './Activity.module.css';

export type ActivityFilter = 'all' | 'errors' | 'skipped' | 'conflicts';

export interface ActivityRow {
  readonly id: string;
  readonly when: string;
  readonly whenOrder: string;
  /** What was attempted, without a client's name: `Note text changed`. */
  readonly what: string;
  readonly state: SyncState;
  /** What came of it, in a sentence. */
  readonly outcome: string;
}

interface ActivityProps {
  readonly rows: readonly ActivityRow[];
  readonly filter: ActivityFilter;
  readonly onFilter: (filter: ActivityFilter) => void;
  readonly counts: Readonly<Record<'saved' | 'waiting' | 'failed' | 'review', number>>;
  readonly lastSync: string;
  readonly isSyncing: boolean;
  readonly onSync: () => void;
  readonly onRetry: () => void;
  readonly onExport: (() => void) | null;
  readonly onOpen: (id: string) => void;
}

/** The log behind the status bar. It names no client, so it can be shown to anybody who helps. */
export function Activity(props: ActivityProps) {
  const { rows, filter, onFilter, counts, lastSync, isSyncing, onSync, onRetry, onExport, onOpen } = props;
  return (
    <div className={cx(styles.activity)}>
      <header className={cx(styles.head)}>
        <h1 className={cx(styles.title)}>Activity</h1>
        <span className={cx(styles.last)}>Last heard from the practice {lastSync}</span>
        {onExport === null ? null : (
          <Button icon={Download} onPress={onExport}>
            Export the log
          </Button>
        )}
        {counts.failed === 0 ? null : (
          <Button icon={RotateCcw} onPress={onRetry}>
            Try the failed again
          </Button>
        )}
        <Button tone="primary" icon={RefreshCw} isDisabled={isSyncing} onPress={onSync}>
          {isSyncing ? 'Syncing' : 'Sync now'}
        </Button>
      </header>
      <ul className={cx(styles.counts)}>
        {(['saved', 'waiting', 'failed', 'review'] as const).map((state) => (
          <li key={state} className={cx(styles.count)}>
            <span className={cx(styles.number)} data-figures>
              {counts[state].toLocaleString()}
            </span>
            <SyncPill state={state} />
          </li>
        ))}
      </ul>
      <div className={cx(styles.filter)}>
        <ListFilter size={14} aria-hidden="true" />
        <Segmented
          label="Show"
          value={filter}
          onChange={onFilter}
          choices={[
            { id: 'all', word: 'All' },
            { id: 'errors', word: 'Errors' },
            { id: 'skipped', word: 'Skipped' },
            { id: 'conflicts', word: 'Conflicts' },
          ]}
        />
      </div>
      <div className={cx(styles.table)}>
        <DataTable
          label="Activity"
          rows={rows}
          columns={COLUMNS}
          onOpen={(row) => onOpen(row.id)}
          empty={<EmptyState title="Nothing here">{filter === 'all' ? 'What this device sends and receives is listed here.' : 'No entry of this kind. That is good news.'}</EmptyState>}
        />
      </div>
    </div>
  );
}

const COLUMNS: readonly Column<ActivityRow>[] = [
  { id: 'when', heading: 'When', width: '10rem', order: (row) => row.whenOrder, draw: (row) => <time>{row.when}</time> },
  { id: 'what', heading: 'What', width: 'minmax(12rem, 1fr)', order: (row) => row.what, draw: (row) => row.what },
  { id: 'state', heading: 'State', width: '12rem', order: (row) => row.state, draw: (row) => <SyncPill state={row.state} /> },
  { id: 'outcome', heading: 'Outcome', width: 'minmax(14rem, 1.6fr)', draw: (row) => <span className={cx(styles.outcome)}>{row.outcome}</span> },
];
