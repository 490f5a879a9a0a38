import { CircleAlert, ListFilter } from 'lucide-react';
import { useMemo, useState } from 'react';

import { momentWithin } from '../../shared/format/near';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { type Column, DataTable } from '../../shared/ui/DataTable';
import { EmptyState } from '../../shared/ui/EmptyState';
import { SyncPill } from '../../shared/ui/Pill';
import { Segmented } from '../../shared/ui/Segmented';
import styles from './Activity.module.css';
import { EntryDialog } from './EntryDialog';
import { type ActivityFilter, type ActivityRow, activityRow, counted, isMissing, matches, type Needs, type Opens, searchFor } from './model';
import type { IsEnough, Journal } from './useJournal';

interface LogProps {
  readonly journal: Journal;
  /** `undefined` until it is known. */
  readonly needs: Needs | undefined;
  readonly today: string;
  readonly isLooking: boolean;
  /** Why no earlier entries came, in the application's words. */
  readonly refusal: string | null;
  readonly onLookBack: (isEnough: IsEnough) => void;
  readonly onOpen: (opens: Opens) => void;
}

const named = (word: string, count: number) => (count === 0 ? word : `${word} ${count.toLocaleString()}`);

const reachWords = (since: string, mayBeMore: boolean) => `From ${since} on.${mayBeMore ? ' More may need review further back.' : ''}`;

function emptyWords(filter: ActivityFilter, isWhole: boolean, since: string): string {
  if (filter === 'all') return 'What this device sends and receives is listed here, from the first change on.';
  return isWhole ? 'No entry of this kind. That is good news.' : `No entry of this kind from ${since} on. Show earlier entries to look further back.`;
}

/** What went out and came in, newest first. */
export function Log({ journal, needs, today, isLooking, refusal, onLookBack, onOpen }: LogProps) {
  const { entries, isWhole } = journal;
  const [filter, setFilter] = useState<ActivityFilter>('all');
  const [chosen, setChosen] = useState<ActivityRow | null>(null);
  const counts = useMemo(() => counted(entries), [entries]);
  const rows = useMemo(() => entries.filter((entry) => matches(entry, filter)).map((entry) => activityRow(entry, today)), [entries, filter, today]);
  const last = entries.at(-1);
  const since = last === undefined ? '' : momentWithin(last.at_civil, today);
  const look = (under: ActivityFilter, more: 0 | 1) => {
    if (!isLooking) onLookBack(searchFor(entries, under, needs, more));
  };
  return (
    <>
      <div className={cx(styles.filter)}>
        <ListFilter size={14} aria-hidden="true" />
        <Segmented<ActivityFilter>
          label="Show"
          value={filter}
          onChange={(next) => {
            setFilter(next);
            look(next, 0);
          }}
          choices={[
            { id: 'all', word: 'All' },
            { id: 'failed', word: named('Failed', counts.failed) },
            { id: 'review', word: named('Needs review', counts.review) },
            { id: 'combined', word: named('Combined', counts.combined) },
          ]}
        />
        <span role="status" className={cx(styles.reach)}>
          {isLooking ? 'Looking through earlier entries' : isWhole ? '' : reachWords(since, needs !== undefined && isMissing(entries, filter, needs))}
        </span>
        {isWhole ? null : (
          <Button small onPress={() => look(filter, 1)}>
            Show earlier entries
          </Button>
        )}
      </div>
      {refusal === null ? null : (
        <div className={cx(styles.banner)}>
          <Banner tone="brick" icon={CircleAlert}>
            {refusal}
          </Banner>
        </div>
      )}
      <div className={cx(styles.table)}>
        <DataTable
          label="Activity"
          rows={rows}
          columns={COLUMNS}
          onOpen={setChosen}
          empty={<EmptyState title={isWhole ? 'Nothing here' : 'Nothing here so far'}>{emptyWords(filter, isWhole, since)}</EmptyState>}
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
