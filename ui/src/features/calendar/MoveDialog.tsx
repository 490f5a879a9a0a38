import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useState } from 'react';

import { clock, clockSpan, dayLong } from '../../shared/format/civil';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { type CalendarEntry, clockWords, overlaps, type Slot, slotOf } from './model';
import styles from './MoveDialog.module.css';
import { draftOf, SlotFields } from './SlotFields';

interface MoveDialogProps {
  readonly entry: CalendarEntry;
  /** What is known of the same clinician's time; the application knows the rest. */
  readonly others: readonly CalendarEntry[];
  readonly isBusy: boolean;
  readonly refusal: string | null;
  readonly onClose: () => void;
  readonly onMove: (to: Slot, isBeside: boolean) => void;
}

/** "Move…": what dragging does, typed; the length can change here too. */
export function MoveDialog({ entry, others, isBusy, refusal, onClose, onMove }: MoveDialogProps) {
  const [draft, setDraft] = useState(draftOf(entry));
  const to = slotOf(draft.date, draft.start, draft.minutes);
  const clash = to === null ? undefined : others.find((other) => other.id !== entry.id && other.clinicianId === entry.clinicianId && other.status !== 'cancelled' && overlaps(to, other));
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
            isDisabled={to === null || isBusy}
            onPress={() => {
              if (to !== null) onMove(to, clash !== undefined);
            }}
          >
            {clash === undefined ? 'Move' : 'Move beside the other'}
          </Button>
        </>
      }
    >
      <div className={cx(styles.form)}>
        <p>
          Now {dayLong(entry.date)}, {clockSpan(clockWords(entry.start), clockWords(entry.end))}.
        </p>
        <SlotFields draft={draft} onChange={setDraft} />
        {clash === undefined ? null : (
          <Banner tone="ochre" icon={TriangleAlert}>
            {clash.kind === 'busy' ? 'That time is taken' : `${clash.who} is there`} from {clock(clockWords(clash.start))} to {clock(clockWords(clash.end))}. Both can stand; you will see them side by side.
          </Banner>
        )}
        {refusal === null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {refusal}
          </Banner>
        )}
      </div>
    </Dialog>
  );
}
