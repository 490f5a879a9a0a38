import { ListFilter, UserPlus } from 'lucide-react';
import { useMemo } from 'react';

import { Avatar } from '../../shared/ui/Avatar';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { type Column, DataTable } from '../../shared/ui/DataTable';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Pill, SyncPill } from '../../shared/ui/Pill';
import { SearchBox } from '../../shared/ui/TextField';
import type { SyncState } from '../../shared/ui/sync';
import { DUE_TONE, type Due } from '../notes/model';
import styles from './Caseload.module.css';

export interface CaseloadRow {
  readonly id: string;
  readonly name: string;
  /** Family name first, for order. */
  readonly sortName: string;
  /** Chart number, age, pronouns: what tells two people of one name apart. */
  readonly tellApart: string;
  readonly status: string;
  readonly lastSeen: string;
  /** Sorts as text: `2026-11-21`, or empty. */
  readonly lastSeenOrder: string;
  readonly next: string;
  readonly nextOrder: string;
  readonly owed: Due | null;
  readonly sync: SyncState;
}

interface CaseloadProps {
  readonly rows: readonly CaseloadRow[];
  readonly total: number;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly onOpen: (id: string) => void;
  readonly onCreate: () => void;
}

/** Everybody whose chart this device may hold. */
export function Caseload({ rows, total, query, onQuery, onOpen, onCreate }: CaseloadProps) {
  const columns = useMemo(() => COLUMNS, []);
  return (
    <div className={cx(styles.caseload)}>
      <header className={cx(styles.head)}>
        <h1 className={cx(styles.title)}>Caseload</h1>
        <span className={cx(styles.count)} data-figures>
          {rows.length === total ? total.toLocaleString() : `${rows.length.toLocaleString()} of ${total.toLocaleString()}`}
        </span>
        <div className={cx(styles.filter)}>
          <SearchBox label="Narrow the caseload" placeholder="Name or chart number" value={query} onChange={onQuery} icon={ListFilter} />
        </div>
        <Button icon={UserPlus} onPress={onCreate}>
          New client
        </Button>
      </header>
      <div className={cx(styles.table)}>
        <DataTable
          label="Clients"
          rows={rows}
          columns={columns}
          onOpen={(row) => onOpen(row.id)}
          empty={
            query === '' ? (
              <EmptyState title="No clients yet" action={<Button onPress={onCreate}>New client</Button>}>
                Clients who are assigned to you come with the next sync; one whom you take on yourself can be entered now, offline too.
              </EmptyState>
            ) : (
              <EmptyState title={`Nobody matches “${query}”`}>Names are also found by sound and by a few wrong letters. Only your own caseload is searched.</EmptyState>
            )
          }
        />
      </div>
    </div>
  );
}

const COLUMNS: readonly Column<CaseloadRow>[] = [
  {
    id: 'name',
    heading: 'Client',
    width: 'minmax(15rem, 2fr)',
    order: (row) => row.sortName,
    draw: (row) => (
      <>
        <Avatar name={row.name} />
        <span className={cx(styles.name)}>{row.name}</span>
        <span className={cx(styles.quiet)}>{row.tellApart}</span>
      </>
    ),
  },
  { id: 'status', heading: 'Status', width: 'minmax(6rem, 0.6fr)', order: (row) => row.status, draw: (row) => row.status },
  {
    id: 'last',
    heading: 'Last seen',
    width: 'minmax(7rem, 0.8fr)',
    order: (row) => row.lastSeenOrder,
    draw: (row) => <span data-figures>{row.lastSeen}</span>,
  },
  {
    id: 'next',
    heading: 'Next appointment',
    width: 'minmax(8rem, 1fr)',
    order: (row) => row.nextOrder,
    draw: (row) => <span data-figures>{row.next}</span>,
  },
  {
    id: 'owed',
    heading: 'Notes owed',
    width: 'minmax(7rem, 0.8fr)',
    draw: (row) =>
      row.owed === null ? null : (
        <Pill tone={DUE_TONE[row.owed.level]} bare>
          {row.owed.words}
        </Pill>
      ),
  },
  { id: 'sync', heading: 'Sync', width: 'minmax(9rem, 0.9fr)', draw: (row) => (row.sync === 'synced' ? null : <SyncPill state={row.sync} />) },
];
