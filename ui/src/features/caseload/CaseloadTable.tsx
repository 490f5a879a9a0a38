import { useMemo } from 'react';

import { Avatar } from '../../shared/ui/Avatar';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { type Column, DataTable } from '../../shared/ui/DataTable';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Pill, SyncPill } from '../../shared/ui/Pill';
import { DUE_TONE } from '../notes/model';
import styles from './Caseload.module.css';
import type { CaseloadRow } from './rows';

interface CaseloadTableProps {
  readonly rows: readonly CaseloadRow[];
  readonly query: string;
  /** Where others' clients are listed too, whose they are. */
  readonly showsClinicians: boolean;
  readonly showsStatus: boolean;
  readonly onOpen: (id: string) => void;
  readonly onCreate: (() => void) | null;
}

export function CaseloadTable({ rows, query, showsClinicians, showsStatus, onOpen, onCreate }: CaseloadTableProps) {
  const columns = useMemo(
    () => [NAME, ...(showsStatus ? [STATUS] : []), ...(showsClinicians ? [CLINICIANS] : []), LAST, NEXT, OWED, SYNC],
    [showsClinicians, showsStatus],
  );
  return (
    <DataTable
      label="Clients"
      rows={rows}
      columns={columns}
      onOpen={(row) => onOpen(row.id)}
      empty={
        query.trim() === '' ? (
          <EmptyState title="No clients yet" {...(onCreate === null ? {} : { action: <Button onPress={onCreate}>New client</Button> })}>
            {onCreate === null
              ? 'Clients whom you may see come with the next sync.'
              : 'Clients who are assigned to you come with the next sync; one whom you take on yourself can be entered now, offline too.'}
          </EmptyState>
        ) : (
          <EmptyState title={`Nobody matches “${query.trim()}”`}>
            Names are also found by their sound and with a letter wrong. Only clients whose records you may see are searched{showsStatus ? '' : '; inactive ones are left out'}.
          </EmptyState>
        )
      }
    />
  );
}

const NAME: Column<CaseloadRow> = {
  id: 'name',
  heading: 'Client',
  width: 'minmax(15rem, 2fr)',
  order: (row) => row.sortName,
  draw: (row) => (
    <>
      <Avatar name={row.name} />
      <span className={cx(styles.name)} data-quiet={!row.isActive || undefined}>
        {row.name}
      </span>
      <span className={cx(styles.quiet)} data-figures>
        {row.tellApart}
      </span>
    </>
  ),
};

const STATUS: Column<CaseloadRow> = {
  id: 'status',
  heading: 'Status',
  width: 'minmax(5.5rem, 0.5fr)',
  order: (row) => row.status,
  draw: (row) => <span data-quiet={!row.isActive || undefined}>{row.status}</span>,
};

const CLINICIANS: Column<CaseloadRow> = {
  id: 'clinicians',
  heading: 'Clinician',
  width: 'minmax(8rem, 1fr)',
  order: (row) => row.clinicians,
  draw: (row) => <span className={cx(styles.cut)}>{row.clinicians === '' ? <span className={cx(styles.quiet)}>Nobody yet</span> : row.clinicians}</span>,
};

const LAST: Column<CaseloadRow> = {
  id: 'last',
  heading: 'Last seen',
  width: 'minmax(6.5rem, 0.7fr)',
  order: (row) => row.lastSeenOrder,
  draw: (row) => <span data-figures>{row.lastSeen}</span>,
};

const NEXT: Column<CaseloadRow> = {
  id: 'next',
  heading: 'Next appointment',
  width: 'minmax(9.5rem, 1fr)',
  order: (row) => row.nextOrder,
  draw: (row) => <span data-figures>{row.next}</span>,
};

const OWED: Column<CaseloadRow> = {
  id: 'owed',
  heading: 'Notes owed',
  width: 'minmax(6.5rem, 0.6fr)',
  order: (row) => (row.owed === null ? 2 : row.owed.level === 'over' ? 0 : 1),
  draw: (row) =>
    row.owed === null ? null : (
      <Pill tone={DUE_TONE[row.owed.level]} bare>
        {row.owed.words}
      </Pill>
    ),
};

const SYNC: Column<CaseloadRow> = {
  id: 'sync',
  heading: 'Sync',
  width: 'minmax(10rem, 0.8fr)',
  draw: (row) => (row.sync === 'synced' ? null : <SyncPill state={row.sync} />),
};
