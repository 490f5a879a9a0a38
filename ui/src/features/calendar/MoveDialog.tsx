import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';

import { clock, clockSpan, dayLong } from '../../shared/format/civil';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { DatePicker, TimeField } from '../../shared/ui/DateFields';
import { Dialog } from '../../shared/ui/Dialog';
import { type CalendarEntry, clockWords, minutesOf, overlaps, type Slot } from './model';
import styles from './MoveDialog.module.css';

interface MoveDialogProps {
  readonly entry: CalendarEntry;
  readonly others: readonly CalendarEntry[];
  readonly onClose: () => void;
  readonly onMove: (to: Slot) => void;
}

/** "Move…": what dragging does, typed. */
export function MoveDialog({ entry, others, onClose, onMove }: MoveDialogProps) {
  const [date, setDate] = useState<string | null>(entry.date);
  const [start, setStart] = useState<string | null>(clockWords(entry.start));
  const to: Slot | null =
    date === null || start === null ? null : { date, start: minutesOf(start), end: minutesOf(start) + (entry.end - entry.start) };
  const clash = to === null ? undefined : others.find((other) => other.id !== entry.id && other.status !== 'cancelled' && overlaps(to, other));
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Move ${entry.who}`}
      actions={
        <>
          <Button onPress={onClose}>Leave it there</Button>
          <Button
            tone="primary"
            isDisabled={to === null}
            onPress={() => {
              if (to !== null) onMove(to);
            }}
          >
            Move
          </Button>
        </>
      }
    >
      <div className={cx(styles.form)}>
        <p>
          Now {dayLong(entry.date)}, {clockSpan(clockWords(entry.start), clockWords(entry.end))}.
        </p>
        <div className={cx(styles.fields)}>
          <DatePicker label="New date" value={date} onChange={setDate} />
          <TimeField label="New start" value={start} onChange={setStart} />
        </div>
        {clash === undefined ? null : (
          <Banner tone="ochre" icon={TriangleAlert}>
            {clash.who} is there from {clock(clockWords(clash.start))} to {clock(clockWords(clash.end))}. Both can stand; you will see them side by side.
          </Banner>
        )}
      </div>
    </Dialog>
  );
}
