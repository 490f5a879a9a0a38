import type { ReactNode } from 'react';
import { ListBox, ListBoxItem, ListLayout, Virtualizer } from 'react-aria-components';

import { cx } from './cx';
import styles from './RowList.module.css';
import { useScale } from './scale';

interface RowListProps<Row extends { readonly id: string }> {
  readonly label: string;
  readonly rows: readonly Row[];
  /** What typing ahead matches. */
  readonly words: (row: Row) => string;
  readonly draw: (row: Row) => ReactNode;
  readonly onOpen: (row: Row) => void;
  readonly empty?: ReactNode;
  readonly chosen?: string | null;
  /** Height of every row in CSS pixels at zoom 100 %. Given, only the rows in sight exist; above 50 rows it must be. */
  readonly rowPx?: number;
}

/** Rows that open something: arrows move, Enter or a click opens. */
export function RowList<Row extends { readonly id: string }>({ label, rows, words, draw, onOpen, empty, chosen, rowPx }: RowListProps<Row>) {
  const scale = useScale();
  const list = (
    <ListBox<Row>
      aria-label={label}
      items={rows}
      className={cx(styles.list)}
      data-virtual={rowPx === undefined ? undefined : true}
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
  if (rowPx === undefined) return list;
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: rowPx * scale }}>
      {list}
    </Virtualizer>
  );
}
