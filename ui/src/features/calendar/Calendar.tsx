import { CalendarPlus, ChevronLeft, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from 'react';

import { Button, IconButton } from '../../shared/ui/Button';
import { clock, clockSpan, dayColumn, dayLong, daySpan } from '../../shared/format/civil';
import { cx } from '../../shared/ui/cx';
import { useScale } from '../../shared/ui/scale';
import { Segmented } from '../../shared/ui/Segmented';
import styles from './Calendar.module.css';
import { EntryBlock, HOUR_REM } from './EntryBlock';
import block from './EntryBlock.module.css';
import { addDays, belongs, type CalendarColumn, type CalendarEntry, clockWords, place, type Slot, unhidden, USUAL_MIN } from './model';
import { useDraw } from './useDraw';
import { useMove } from './useMove';

export type Span = 'day' | 'week';

interface CalendarProps {
  /** A date within what is shown. */
  readonly date: string;
  readonly span: Span;
  readonly dates: readonly string[];
  readonly columns: readonly CalendarColumn[];
  readonly today: string;
  /** Minutes since midnight on the practice's wall clock. */
  readonly now: number;
  readonly entries: readonly CalendarEntry[];
  /** Whose entry it is, where the column does not say it. */
  readonly owner: (entry: CalendarEntry) => string | null;
  readonly people: ReactNode;
  /** What went wrong, or may go wrong, over the hours. */
  readonly banner: ReactNode;
  readonly onDate: (date: string) => void;
  readonly onSpan: (span: Span) => void;
  readonly onOpen: (entry: CalendarEntry) => void;
  readonly onMove: (entry: CalendarEntry, to: Slot) => void;
  /** `null` where the user books for nobody. */
  readonly onBook: ((slot: Slot | null, column: CalendarColumn | null) => void) | null;
}

/** The first hour in sight when the calendar opens. */
const OPENS_AT = 7.5;
/** Narrower than this a name is not legible: the days then scroll sideways. */
const LEAST_COLUMN_REM = 5.5;
/** Nearer to now than this, an hour would stand under the clock that tells now. */
const LEAST_APART_MIN = 15;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
const minutePx = () => (HOUR_REM * rem()) / 60;

/** The day or the week on a wall clock. Whatever is dragged here can be moved with the keys, and by "Move…". */
export function Calendar(props: CalendarProps) {
  const { date, span, dates, columns, today, now, entries, owner, people, banner, onDate, onSpan, onOpen, onMove, onBook } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const { held, handlers } = useMove(grid, dates, minutePx, onMove, onOpen);
  const { ghost, handlers: drawing } = useDraw(minutePx, USUAL_MIN, (id, slot) => onBook?.(slot, columns.find((column) => column.id === id) ?? null));

  const scale = useScale();
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: OPENS_AT * HOUR_REM * 16 * scale });
  }, [scale]);

  // Carried to another day by the keys, an entry is drawn anew in that day's column: the focus goes with it.
  const carriedId = held?.by === 'keys' ? held.id : null;
  const carriedTo = held?.by === 'keys' ? held.slot.date : null;
  useLayoutEffect(() => {
    if (carriedId !== null && carriedTo !== null) grid.current?.querySelector<HTMLElement>('[data-held]')?.focus();
  }, [carriedId, carriedTo]);

  const shown = entries.map((entry) => (held?.id === entry.id ? { ...entry, ...held.slot } : entry));
  const first = dates[0] ?? date;
  const last = dates.at(-1) ?? date;
  const title = span === 'day' ? dayLong(date) : daySpan(first, last);
  const step = span === 'day' ? 1 : 7;
  const tracks = { gridTemplateColumns: `repeat(${columns.length}, minmax(${LEAST_COLUMN_REM}rem, 1fr))` };

  const page = (event: KeyboardEvent) => {
    const by = event.key === 'PageUp' ? -step : event.key === 'PageDown' ? step : 0;
    if (by === 0 || held !== null) return;
    event.preventDefault();
    onDate(addDays(date, by));
  };

  return (
    <div className={cx(styles.calendar)}>
      <header className={cx(styles.head)}>
        <h1 className={cx(styles.title)} aria-live="polite">
          {title}
        </h1>
        <span className={cx(styles.space)} />
        {people}
        <IconButton icon={ChevronLeft} label={span === 'day' ? 'The day before' : 'The week before'} keys="PageUp" onPress={() => onDate(addDays(date, -step))} />
        <Button isDisabled={dates.includes(today) && (span === 'week' || date === today)} onPress={() => onDate(today)}>
          Today
        </Button>
        <IconButton icon={ChevronRight} label={span === 'day' ? 'The next day' : 'The next week'} keys="PageDown" onPress={() => onDate(addDays(date, step))} />
        <Segmented
          label="Span"
          value={span}
          onChange={onSpan}
          choices={[
            { id: 'day', word: 'Day' },
            { id: 'week', word: 'Week' },
          ]}
        />
        {onBook === null ? null : (
          <Button tone="primary" icon={CalendarPlus} onPress={() => onBook(null, null)}>
            Book
          </Button>
        )}
      </header>
      {banner}
      <p role="status" className="visually-hidden">
        {held?.by === 'keys' ? `Moving. ${dayLong(held.slot.date)}, ${clock(clockWords(held.slot.start))}. Enter keeps it, Escape puts it back.` : ''}
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- hears PageUp and PageDown from the entries inside */}
      <div ref={scroller} className={cx(styles.scroller)} onKeyDown={page}>
        <div className={cx(styles.days)} aria-hidden="true">
          <span />
          <div className={cx(styles.tracks)} style={tracks}>
            {columns.map((column) => (
              <span key={column.id} className={cx(styles.day)} data-today={column.date === today || undefined}>
                {column.name ?? dayColumn(column.date)}
              </span>
            ))}
          </div>
        </div>
        <div className={cx(styles.grid)}>
          <div className={cx(styles.hours)} aria-hidden="true">
            {HOURS.map((hour) => (
              <span key={hour} className={cx(styles.hour)}>
                {hour === 0 || (dates.includes(today) && Math.abs(now - hour * 60) < LEAST_APART_MIN) ? '' : clock(clockWords(hour * 60))}
              </span>
            ))}
            {dates.includes(today) ? (
              <span className={cx(styles.clock)} style={{ top: `${(now / 60) * HOUR_REM}rem` }}>
                {clock(clockWords(now))}
              </span>
            ) : null}
          </div>
          <div ref={grid} className={cx(styles.columns)} style={tracks}>
            {columns.map((column) => (
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- drawing with the pointer; Book does the same with the keys
              <ol
                key={column.id}
                aria-label={column.name === undefined ? dayLong(column.date) : `${column.name}, ${dayLong(column.date)}`}
                className={cx(styles.column)}
                data-today={column.date === today || undefined}
                data-drawable={onBook !== null || undefined}
                {...(onBook === null ? {} : drawing(column.id, column.date))}
              >
                {column.date === today ? <li aria-hidden="true" className={cx(styles.now)} style={{ top: `${(now / 60) * HOUR_REM}rem` }} /> : null}
                {ghost?.column === column.id ? (
                  <li
                    aria-hidden="true"
                    className={cx(block.ghost)}
                    style={{ top: `${(ghost.slot.start / 60) * HOUR_REM}rem`, height: `${((ghost.slot.end - ghost.slot.start) / 60) * HOUR_REM}rem` }}
                  >
                    {clockSpan(clockWords(ghost.slot.start), clockWords(ghost.slot.end))}
                  </li>
                ) : null}
                {place(unhidden(shown.filter((entry) => belongs(entry, column)))).map((placed) => (
                  <li key={placed.entry.id}>
                    <EntryBlock
                      placed={placed}
                      isHeld={held?.id === placed.entry.id}
                      owner={owner(placed.entry)}
                      isWide={columns.length === 1}
                      {...handlers(entries.find((entry) => entry.id === placed.entry.id) ?? placed.entry)}
                    />
                  </li>
                ))}
              </ol>
            ))}
          </div>
        </div>
      </div>
      <footer className={cx(styles.foot)}>
        {onBook === null ? 'Focus an appointment and press Enter to open it.' : 'Draw on empty time to book. Drag to move, or focus an appointment and press Space, then the arrows.'}
      </footer>
    </div>
  );
}
