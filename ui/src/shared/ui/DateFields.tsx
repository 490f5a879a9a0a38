import { parseDate, parseTime } from '@internationalized/date';
import { CalendarDays, ChevronLeft, ChevronRight } from 'lucide-react';
import {
  Button,
  Calendar,
  CalendarCell,
  CalendarGrid,
  CalendarGridBody,
  CalendarGridHeader,
  CalendarHeaderCell,
  DateInput,
  DatePicker as AriaDatePicker,
  DateSegment,
  Dialog,
  Group,
  Heading,
  Popover,
  TimeField as AriaTimeField,
} from 'react-aria-components';

import { cx } from './cx';
import styles from './DateFields.module.css';
import { FieldFrame, type FieldWords } from './Field';
import field from './Field.module.css';
import { Icon } from './Icon';
import popover from './Popover.module.css';

interface DatePickerProps extends FieldWords {
  /** A civil date, `2026-11-21`; no zone is ever applied to it. */
  readonly value: string | null;
  readonly onChange: (date: string | null) => void;
  readonly isDisabled?: boolean;
  readonly isRequired?: boolean;
}

export function DatePicker({ label, hint, error, value, onChange, isDisabled = false, isRequired = false }: DatePickerProps) {
  return (
    <AriaDatePicker
      className={cx(field.field)}
      value={value === null ? null : parseDate(value)}
      onChange={(date) => onChange(date === null ? null : date.toString())}
      isDisabled={isDisabled}
      isRequired={isRequired}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <FieldFrame label={label} hint={hint} error={error} required={isRequired}>
        <Group className={cx(field.control)}>
          <DateInput className={cx(styles.segments)}>{(segment) => <DateSegment segment={segment} className={cx(field.segment)} />}</DateInput>
          <Button className={cx(field.tail)}>
            <Icon as={CalendarDays} size={14} />
          </Button>
        </Group>
        <Popover className={cx(popover.popover)} offset={4}>
          <Dialog className={cx(styles.dialog)}>
            <Calendar>
              <header className={cx(styles.head)}>
                <Button slot="previous" className={cx(field.tail)}>
                  <Icon as={ChevronLeft} size={16} />
                </Button>
                <Heading className={cx(styles.month)} />
                <Button slot="next" className={cx(field.tail)}>
                  <Icon as={ChevronRight} size={16} />
                </Button>
              </header>
              <CalendarGrid className={cx(styles.grid)}>
                <CalendarGridHeader>{(day) => <CalendarHeaderCell className={cx(styles.day)}>{day}</CalendarHeaderCell>}</CalendarGridHeader>
                <CalendarGridBody>{(date) => <CalendarCell date={date} className={cx(styles.cell)} />}</CalendarGridBody>
              </CalendarGrid>
            </Calendar>
          </Dialog>
        </Popover>
      </FieldFrame>
    </AriaDatePicker>
  );
}

interface TimeFieldProps extends FieldWords {
  /** A civil time to the minute, `14:05`. */
  readonly value: string | null;
  readonly onChange: (time: string | null) => void;
  readonly isDisabled?: boolean;
  readonly isRequired?: boolean;
}

export function TimeField({ label, hint, error, value, onChange, isDisabled = false, isRequired = false }: TimeFieldProps) {
  return (
    <AriaTimeField
      className={cx(field.field)}
      value={value === null ? null : parseTime(value)}
      onChange={(time) => onChange(time === null ? null : time.toString().slice(0, 5))}
      granularity="minute"
      isDisabled={isDisabled}
      isRequired={isRequired}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <FieldFrame label={label} hint={hint} error={error} required={isRequired}>
        <DateInput className={cx(field.control, styles.segments)}>
          {(segment) => <DateSegment segment={segment} className={cx(field.segment)} />}
        </DateInput>
      </FieldFrame>
    </AriaTimeField>
  );
}
