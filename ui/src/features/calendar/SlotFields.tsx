import { DatePicker, TimeField } from '../../shared/ui/DateFields';
import { cx } from '../../shared/ui/cx';
import { Select } from '../../shared/ui/Select';
import { clockWords, type Slot } from './model';
import styles from './SlotFields.module.css';

/** A time as it is being entered; anything may still be missing. */
export interface SlotDraft {
  readonly date: string | null;
  readonly start: string | null;
  readonly minutes: number;
}

interface SlotErrors {
  readonly date?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

interface SlotFieldsProps {
  readonly draft: SlotDraft;
  readonly errors?: SlotErrors;
  readonly onChange: (draft: SlotDraft) => void;
}

const LENGTHS: readonly number[] = [15, 25, 30, 45, 50, 55, 60, 75, 80, 90, 120];

/** Date, start and length: nobody thinks of an end first. */
export function SlotFields({ draft, errors = {}, onChange }: SlotFieldsProps) {
  const lengths = LENGTHS.includes(draft.minutes) ? LENGTHS : [...LENGTHS, draft.minutes].toSorted((one, other) => one - other);
  return (
    <div className={cx(styles.fields)}>
      <DatePicker label="Date" value={draft.date} onChange={(date) => onChange({ ...draft, date })} error={errors.date} isRequired />
      <TimeField label="Start" value={draft.start} onChange={(start) => onChange({ ...draft, start })} error={errors.start} isRequired />
      <Select
        label="Length"
        choices={lengths.map((minutes) => ({ id: String(minutes), word: `${minutes} min` }))}
        value={String(draft.minutes)}
        onChange={(minutes) => onChange({ ...draft, minutes: Number(minutes) })}
        error={errors.end}
      />
    </div>
  );
}

export function draftOf({ date, start, end }: Slot): SlotDraft {
  return { date, start: clockWords(start), minutes: end - start };
}
