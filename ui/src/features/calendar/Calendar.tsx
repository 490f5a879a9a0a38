import { CalendarPlus, ChevronLeft, ChevronRight } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';

import { Button, IconButton } from '../../shared/ui/Button';
import { clock, dayColumn, dayLong, daySpan } from '../../shared/format/civil';
import { cx } from '../../shared/ui/cx';
import { Segmented } from '../../shared/ui/Segmented';
import styles from './Calendar.module.css';
import { EntryBlock } from './EntryBlock';
import { addDays, type CalendarEntry, clockWords, place, type Slot, weekOf } from './model';
import { useMove } from './useMove';

export type Span = 'day' | 'week';

interface CalendarProps {
  /** A date within what is shown. */
  readonly date: string;
  readonly span: Span;
  readonly today: string;
  /** Minutes since midnight on the practice's wall clock. */
  readonly now: number;
  readonly entries: readonly CalendarEntry[];
  readonly onDate: (date: string) => void;
  readonly onSpan: (span: Span) => void;
  readonly onOpen: (entry: CalendarEntry) => void;
  readonly onMove: (entry: CalendarEntry, to: Slot) => void;
  readonly onBook: (slot: Slot | null) => void;
}

/** Height of an hour in rem; `--hour` in the style sheet. */
const HOUR_REM = 3.25;
/** The first hour in sight when the calendar opens. */
const OPENS_AT = 7.5;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

/** The day or the week on a wall clock. Whatever is dragged here can be moved with the keys, and by "Move…". */
export function Calendar(props: CalendarProps) {
  const { date, span, today, now, entries, onDate, onSpan, onOpen, onMove, onBook } = props;
  const dates = span === 'day' ? [date] : weekOf(date);
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useRef<HTMLDivElement>(null);
  const { held, handlers } = useMove(columns, dates, () => (HOUR_REM * rem()) / 60, onMove, onOpen);

  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: OPENS_AT * HOUR_REM * rem() });
  }, []);

  const shown = entries.map((entry) => (held?.id === entry.id ? { ...entry, ...held.slot } : entry));
  const first = dates[0] ?? date;
  const last = dates.at(-1) ?? date;
  const title = span === 'day' ? dayLong(date) : daySpan(first, last);
  const step = span === 'day' ? 1 : 7;

  return (
    <div className={cx(styles.calendar)}>
      <header className={cx(styles.head)}>
        <h1 className={cx(styles.title)}>{title}</h1>
        <span className={cx(styles.space)} />
        <IconButton icon={ChevronLeft} label={span === 'day' ? 'The day before' : 'The week before'} onPress={() => onDate(addDays(date, -step))} />
        <Button onPress={() => onDate(today)}>Today</Button>
        <IconButton icon={ChevronRight} label={span === 'day' ? 'The next day' : 'The next week'} onPress={() => onDate(addDays(date, step))} />
        <Segmented
          label="Span"
          value={span}
          onChange={onSpan}
          choices={[
            { id: 'day', word: 'Day' },
            { id: 'week', word: 'Week' },
          ]}
        />
        <Button tone="primary" icon={CalendarPlus} onPress={() => onBook(null)}>
          Book
        </Button>
      </header>
      <p role="status" className="visually-hidden">
        {held?.by === 'keys'
          ? `Moving. ${dayLong(held.slot.date)}, ${clock(clockWords(held.slot.start))}. Enter keeps it, Escape puts it back.`
          : ''}
      </p>
      <div ref={scroller} className={cx(styles.scroller)}>
        <div className={cx(styles.days)} aria-hidden="true">
          <span />
          {dates.map((day) => (
            <span key={day} className={cx(styles.day)} data-today={day === today || undefined}>
              {dayColumn(day)}
            </span>
          ))}
        </div>
        <div className={cx(styles.grid)}>
          <div className={cx(styles.hours)} aria-hidden="true">
            {HOURS.map((hour) => (
              <span key={hour} className={cx(styles.hour)}>
                {hour === 0 ? '' : clock(clockWords(hour * 60))}
              </span>
            ))}
            {dates.includes(today) ? (
              <span className={cx(styles.clock)} style={{ top: `${(now / 60) * HOUR_REM}rem` }}>
                {clock(clockWords(now))}
              </span>
            ) : null}
          </div>
          <div ref={columns} className={cx(styles.columns)}>
            {dates.map((day) => (
              <ol key={day} aria-label={dayLong(day)} className={cx(styles.column)} data-today={day === today || undefined}>
                {day === today ? (
                  <li aria-hidden="true" className={cx(styles.now)} style={{ top: `${(now / 60) * HOUR_REM}rem` }} />
                ) : null}
                {place(shown.filter((entry) => entry.date === day)).map((placed) => (
                  <li key={placed.entry.id}>
                    <EntryBlock placed={placed} isHeld={held?.id === placed.entry.id} {...handlers(entries.find((entry) => entry.id === placed.entry.id) ?? placed.entry)} />
                  </li>
                ))}
              </ol>
            ))}
          </div>
        </div>
      </div>
      <footer className={cx(styles.foot)}>Drag to move, or focus an appointment and press Space, then the arrows.</footer>
    </div>
  );
}
