import { cx } from './cx';
import { DatePicker } from './DateFields';
import { type Choice, Select } from './Select';
import styles from './SpecFields.module.css';
import { TextArea } from './TextArea';
import { TextField } from './TextField';
import { Checkbox } from './Toggles';

export interface FieldSpec<Key extends string = string> {
  readonly key: Key;
  readonly label: string;
  /** `yes` holds `yes` or nothing; `date` a civil date or nothing. */
  readonly kind: 'line' | 'area' | 'date' | 'yes' | 'choice';
  readonly type?: 'email' | 'tel';
  readonly choices?: readonly Choice[];
  readonly hint?: string;
  /** Room for what is usually written there; a third of the form where nothing is said. */
  readonly size?: 'short' | 'long' | 'broad' | 'wide';
}

interface SpecFieldsProps<Key extends string> {
  readonly specs: readonly FieldSpec<Key>[];
  readonly values: Readonly<Partial<Record<Key, string>>>;
  readonly errors?: Readonly<Partial<Record<Key, string>>>;
  readonly onChange: (key: Key, value: string) => void;
  readonly autoFocus?: boolean;
  readonly isDisabled?: boolean;
}

/** A form of plain facts, drawn from its table. Every value is text, as it is kept. */
export function SpecFields<Key extends string>({ specs, values, errors, onChange, autoFocus = false, isDisabled = false }: SpecFieldsProps<Key>) {
  return (
    <div className={cx(styles.room)}>
      <div className={cx(styles.fields)}>
        {specs.map((spec, index) => (
          <div key={spec.key} className={cx(styles.field)} data-size={spec.size} data-kind={spec.kind}>
            <SpecField
              spec={spec}
              value={values[spec.key] ?? ''}
              error={errors?.[spec.key]}
              onChange={(value) => onChange(spec.key, value)}
              autoFocus={autoFocus && index === 0}
              isDisabled={isDisabled}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

interface SpecFieldProps {
  readonly spec: FieldSpec;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
  readonly autoFocus: boolean;
  readonly isDisabled: boolean;
}

/** What other people's files hold where a date belongs need not be one: then the field is empty and says so. */
const CIVIL_DATE = /^\d{4}-\d{2}-\d{2}$/;

function SpecField({ spec, value, error, onChange, autoFocus, isDisabled }: SpecFieldProps) {
  const words = { label: spec.label, hint: spec.hint, error };
  switch (spec.kind) {
    case 'line':
      return <TextField {...words} type={spec.type ?? 'text'} value={value} onChange={onChange} autoFocus={autoFocus} isDisabled={isDisabled} />;
    case 'area':
      return <TextArea {...words} rows={2} value={value} onChange={onChange} autoFocus={autoFocus} isDisabled={isDisabled} />;
    case 'date':
      return (
        <DatePicker
          {...words}
          {...(value === '' || CIVIL_DATE.test(value) ? {} : { hint: `Recorded as “${value}”, which is not a date.` })}
          value={CIVIL_DATE.test(value) ? value : null}
          onChange={(date) => onChange(date ?? '')}
          isDisabled={isDisabled}
        />
      );
    case 'choice':
      return <Select {...words} choices={spec.choices ?? []} value={value === '' ? null : value} onChange={onChange} isDisabled={isDisabled} />;
    case 'yes':
      return (
        <Checkbox isSelected={value === 'yes'} onChange={(on) => onChange(on ? 'yes' : '')} isDisabled={isDisabled}>
          {spec.label}
        </Checkbox>
      );
  }
}
