import { CircleAlert, CircleCheck, UserCheck } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';

import type { ImportPreview, ImportRow } from '../../backend/generated/api';
import { cx } from '../../shared/ui/cx';
import { type Column, DataTable } from '../../shared/ui/DataTable';
import { Pill } from '../../shared/ui/Pill';
import styles from './Import.module.css';
import { stateOf, TARGETS, why } from './model';

interface ImportRowsProps {
  readonly rows: readonly ImportRow[];
  readonly mapping: ImportPreview['mapping'];
  /** Opens the chart of whom a row repeats. */
  readonly onOpen: (clientId: string) => void;
  readonly empty: ReactNode;
}

type Row = ImportRow & { readonly id: string };

const LOOK = {
  ready: { word: 'Ready', tone: 'moss', icon: CircleCheck },
  faulty: { word: 'To correct', tone: 'brick', icon: CircleAlert },
  duplicate: { word: 'Here already', tone: 'ochre', icon: UserCheck },
} as const;

const STATE_ORDER = { faulty: 0, duplicate: 1, ready: 2 } as const;

/** Facts that stand elsewhere in the row. */
const NAMED: readonly string[] = ['given_name', 'family_name', ''];

/** The rows of a file as the application reads them. */
export function ImportRows({ rows, mapping, onOpen, empty }: ImportRowsProps) {
  const shown = useMemo<readonly Row[]>(() => rows.map((row) => ({ ...row, id: String(row.line) })), [rows]);
  const columns = useMemo<readonly Column<Row>[]>(() => {
    const fields = TARGETS.filter(({ id }) => !NAMED.includes(id) && Object.values(mapping).includes(id)).slice(0, 2);
    return [LINE, NAME, ...fields.map(({ id, word }): Column<Row> => ({ id, heading: word, width: 'minmax(7rem, 0.7fr)', order: (row) => row.facts[id] ?? '', draw: (row) => <span className={cx(styles.cut)}>{row.facts[id] ?? ''}</span> })), STATE, WHY];
  }, [mapping]);
  return (
    <DataTable
      label="Rows of the file"
      rows={shown}
      columns={columns}
      empty={empty}
      onOpen={(row) => {
        if (row.duplicate_of !== null) onOpen(row.duplicate_of);
      }}
    />
  );
}

const LINE: Column<Row> = { id: 'line', heading: 'Line', width: '4rem', order: (row) => row.line, draw: (row) => <span data-figures>{row.line}</span> };

const NAME: Column<Row> = {
  id: 'name',
  heading: 'Client',
  width: 'minmax(10rem, 1fr)',
  order: (row) => row.name.toLowerCase(),
  draw: (row) => (row.name === '' ? <span className={cx(styles.quiet)}>no name</span> : <span className={cx(styles.cut, styles.name)}>{row.name}</span>),
};

const STATE: Column<Row> = {
  id: 'state',
  heading: 'What becomes of it',
  width: '9rem',
  order: (row) => STATE_ORDER[stateOf(row)],
  draw: (row) => {
    const look = LOOK[stateOf(row)];
    return (
      <Pill tone={look.tone} icon={look.icon} bare>
        {look.word}
      </Pill>
    );
  },
};

const WHY: Column<Row> = {
  id: 'why',
  heading: 'Why',
  width: 'minmax(14rem, 2fr)',
  draw: (row) => (
    <span className={cx(styles.cut)} title={why(row)}>
      {why(row)}
    </span>
  ),
};
