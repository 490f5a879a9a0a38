import { useMemo } from 'react';

import type { AppointmentView } from '../../backend/generated/api';
import { clockSpan } from '../../shared/format/civil';
import { dayNear } from '../../shared/format/near';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { type Column, DataTable } from '../../shared/ui/DataTable';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Pill, SyncPill } from '../../shared/ui/Pill';
import { MODALITY_WORD, STATUS_LOOK } from '../calendar/model';
import { StandingPill } from '../notes/StandingPill';
import styles from './AppointmentsTab.module.css';
import { parted } from './history';

interface AppointmentsTabProps {
  readonly appointments: readonly AppointmentView[];
  readonly today: string;
  readonly onOpen: (entry: AppointmentView) => void;
  readonly onBook: (() => void) | null;
}

interface Row {
  readonly id: string;
  readonly entry: AppointmentView;
  readonly day: string;
  readonly isAhead: boolean;
}

/** Every appointment, the next one on top. */
export function AppointmentsTab({ appointments, today, onOpen, onBook }: AppointmentsTabProps) {
  const rows = useMemo(() => {
    const { ahead, behind } = parted(appointments, today);
    const row = (isAhead: boolean) => (entry: AppointmentView) => ({ id: entry.appointment_id, entry, day: dayNear(entry.date, today), isAhead });
    return [...ahead.map(row(true)), ...behind.map(row(false))];
  }, [appointments, today]);
  return (
    <DataTable
      label="Appointments"
      rows={rows}
      columns={COLUMNS}
      onOpen={(row) => onOpen(row.entry)}
      empty={
        <EmptyState title="No appointments" {...(onBook === null ? {} : { action: <Button onPress={onBook}>Book an appointment</Button> })}>
          What is booked with this client stands here, the next one on top.
        </EmptyState>
      }
    />
  );
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'when',
    heading: 'When',
    width: 'minmax(15rem, 1.1fr)',
    order: ({ entry }) => `${entry.date} ${entry.start}`,
    draw: ({ entry, day, isAhead }) => (
      <span className={cx(styles.when)} data-ahead={isAhead || undefined} data-figures>
        <span className={cx(styles.day)}>{day}</span>
        {clockSpan(entry.start, entry.end)}
      </span>
    ),
  },
  { id: 'service', heading: 'What for', width: 'minmax(9rem, 1fr)', order: ({ entry }) => entry.service, draw: ({ entry }) => <span className={cx(styles.cut)}>{entry.service}</span> },
  {
    id: 'how',
    heading: 'How',
    width: 'minmax(8rem, 0.8fr)',
    draw: ({ entry }) => <span className={cx(styles.cut)}>{[MODALITY_WORD[entry.modality] ?? entry.modality, entry.place].filter(Boolean).join(', ')}</span>,
  },
  { id: 'who', heading: 'With', width: 'minmax(8rem, 0.8fr)', order: ({ entry }) => entry.clinician_name, draw: ({ entry }) => <span className={cx(styles.cut)}>{entry.clinician_name}</span> },
  {
    id: 'status',
    heading: 'Status',
    width: 'minmax(8rem, 0.7fr)',
    order: ({ entry }) => entry.status,
    draw: ({ entry }) =>
      entry.tentative ? (
        <Pill tone="ochre" bare>
          Tentative
        </Pill>
      ) : entry.status === 'booked' ? (
        <span className={cx(styles.quiet)}>Booked</span>
      ) : (
        <Pill tone={STATUS_LOOK[entry.status]?.tone ?? 'neutral'} bare>
          {STATUS_LOOK[entry.status]?.word ?? entry.status}
        </Pill>
      ),
  },
  {
    id: 'note',
    heading: 'Note',
    width: 'minmax(11rem, 0.9fr)',
    draw: ({ entry, isAhead }) => (isAhead && entry.note_id === null ? null : entry.note_id === null && entry.status !== 'completed' ? null : <StandingPill standing={entry.standing} bare />),
  },
  { id: 'sync', heading: 'Sync', width: 'minmax(9rem, 0.7fr)', draw: ({ entry }) => (entry.sync === 'synced' ? null : <SyncPill state={entry.sync} />) },
];
