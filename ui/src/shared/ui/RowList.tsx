import type { ReactNode } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';

import { cx } from './cx';
import styles from './RowList.module.css';

interface RowListProps<Row extends { readonly id: string }> {
  readonly label: string;
  readonly rows: readonly Row[];
  /** What a screen reader says of the row, and what typing ahead matches. */
  readonly words: (row: Row) => string;
  readonly draw: (row: Row) => ReactNode;
  readonly onOpen: (row: Row) => void;
  readonly empty?: ReactNode;
  readonly chosen?: string | null;
}

/** Rows that open something: arrows move, Enter or a click opens. Not for more than 50 rows; `DataTable` is. */
export function RowList<Row extends { readonly id: string }>({ label, rows, words, draw, onOpen, empty, chosen }: RowListProps<Row>) {
  return (
    <ListBox<Row>
      aria-label={label}
      items={rows}
      className={cx(styles.list)}
      selectionMode={chosen === undefined ? 'none' : 'single'}
      selectedKeys={chosen === undefined || chosen === null ? [] : [chosen]}
      {...(chosen === undefined
        ? {}
        : {
            onSelectionChange: (keys: 'all' | Set<string | number>) => {
              const key = keys === 'all' ? undefined : [...keys][0];
              const row = rows.find((candidate) => candidate.id === key);
              if (row) onOpen(row);
            },
          })}
      onAction={(key) => {
        const row = rows.find((candidate) => candidate.id === key);
        if (row) onOpen(row);
      }}
      renderEmptyState={() => empty ?? null}
    >
      {(row) => (
        <ListBoxItem id={row.id} textValue={words(row)} className={cx(styles.row)}>
          {draw(row)}
        </ListBoxItem>
      )}
    </ListBox>
  );
}
