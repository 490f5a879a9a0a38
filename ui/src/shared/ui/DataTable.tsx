import { type ColumnDef, createSortedRowModel, rowSortingFeature, sortFns, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { cx } from './cx';
import styles from './DataTable.module.css';
import { Icon } from './Icon';
import { useScale } from './scale';

export interface Column<Row> {
  readonly id: string;
  readonly heading: string;
  /** A CSS grid track, `minmax(12rem, 2fr)`. */
  readonly width: string;
  readonly draw: (row: Row) => ReactNode;
  /** What the column sorts by; without it the column does not sort. */
  readonly order?: (row: Row) => string | number;
  readonly align?: 'end';
}

interface DataTableProps<Row extends { readonly id: string }> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly onOpen: (row: Row) => void;
  readonly empty: ReactNode;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

/** Height of a row at zoom 100 %, as `--row-table` in the style sheet. */
const ROW_PX = 40;

/**
 * A grid of any length: only the rows in sight exist. One stop for Tab; arrows, Page, Home and End move,
 * Enter opens. Up from the first row leads to the headings, where Left and Right move and Enter sorts. The
 * active row is named by `aria-activedescendant`, because a row may leave the document while it is scrolled
 * and would take the focus with it.
 */
export function DataTable<Row extends { readonly id: string }>({ label, rows, columns, onOpen, empty }: DataTableProps<Row>) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setActive] = useState(0);
  const defs = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      columns.map((column) => ({
        id: column.id,
        header: column.heading,
        accessorFn: (row: Row) => column.order?.(row) ?? '',
        enableSorting: column.order !== undefined,
      })),
    [columns],
  );
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({ features, columns: defs, data, getRowId: (row: Row) => row.id });
  const sorted = table.getRowModel().rows;
  // Rows may have become fewer since one was chosen.
  const active = Math.max(0, Math.min(chosen, sorted.length - 1));
  const rowPx = ROW_PX * useScale();
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
  });
  useLayoutEffect(() => virtual.measure(), [virtual, rowPx]);
  const tracks = { gridTemplateColumns: columns.map((column) => column.width).join(' ') };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget) {
      if (throughHeadings(event.key, event.currentTarget, event.target)) event.preventDefault();
      return;
    }
    if (event.key === 'ArrowUp' && active === 0) {
      event.preventDefault();
      event.currentTarget.querySelector<HTMLElement>(SORTS)?.focus();
      return;
    }
    const row = sorted[active];
    if (event.key === 'Enter' && row) {
      event.preventDefault();
      onOpen(row.original);
      return;
    }
    const to = destination(event.key, active, sorted.length, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx));
    if (to === null) return;
    event.preventDefault();
    setActive(to);
    virtual.scrollToIndex(to);
  };

  if (rows.length === 0) return <>{empty}</>;

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={sorted.length + 1}
      aria-activedescendant={`${id}-${active}`}
      tabIndex={0}
      className={cx(styles.grid)}
      onKeyDown={onKeyDown}
    >
      <div role="row" aria-rowindex={1} className={cx(styles.head)} style={tracks}>
        {table.getHeaderGroups()[0]?.headers.map((header, index) => {
          const direction = header.column.getIsSorted();
          const sort = direction === 'asc' ? 'ascending' : direction === 'desc' ? 'descending' : 'none';
          return (
            <div key={header.id} role="columnheader" aria-sort={sort} className={cx(styles.heading)} data-align={columns[index]?.align}>
              {header.column.getCanSort() ? (
                <button type="button" tabIndex={-1} className={cx(styles.sort)} onClick={header.column.getToggleSortingHandler()}>
                  {columns[index]?.heading}
                  {direction === false ? null : <Icon as={direction === 'asc' ? ArrowUp : ArrowDown} size={12} />}
                </button>
              ) : (
                columns[index]?.heading
              )}
            </div>
          );
        })}
      </div>
      <div role="rowgroup" className={cx(styles.body)} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = sorted[item.index];
          if (!row) return null;
          return (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid itself takes the keys
            <div
              key={row.id}
              id={`${id}-${item.index}`}
              role="row"
              tabIndex={-1}
              aria-rowindex={item.index + 2}
              aria-selected={item.index === active}
              className={cx(styles.row)}
              style={{ ...tracks, transform: `translateY(${item.start}px)` }}
              onClick={() => {
                setActive(item.index);
                onOpen(row.original);
              }}
            >
              {columns.map((column) => (
                <div key={column.id} role="gridcell" className={cx(styles.cell)} data-align={column.align}>
                  {column.draw(row.original)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const SORTS = '[role="columnheader"] button';

/** Left and Right among the headings, Down back to the rows; true when the key was one of these. */
function throughHeadings(key: string, grid: HTMLElement, at: EventTarget): boolean {
  const headings = [...grid.querySelectorAll<HTMLElement>(SORTS)];
  const index = headings.findIndex((heading) => heading === at);
  if (index < 0) return false;
  if (key === 'ArrowDown') grid.focus();
  else if (key === 'ArrowRight') headings[index + 1]?.focus();
  else if (key === 'ArrowLeft') headings[index - 1]?.focus();
  else return false;
  return true;
}

function destination(key: string, at: number, count: number, page: number): number | null {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, at + 1);
    case 'ArrowUp':
      return Math.max(0, at - 1);
    case 'PageDown':
      return Math.min(last, at + page);
    case 'PageUp':
      return Math.max(0, at - page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}
