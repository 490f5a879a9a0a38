import { DatePicker, TimeField } from '../../shared/ui/DateFields';
import { cx } from '../../shared/ui/cx';
import { Select } from '../../shared/ui/Select';
import { TextField } from '../../shared/ui/TextField';
import styles from './FactsForm.module.css';
import type { NoteFact } from './model';

interface FactsFormProps {
  readonly facts: readonly NoteFact[];
  readonly onFact: (key: string, value: string) => void;
}

/** The session's facts, filled from the appointment; one row where there is room. */
export function FactsForm({ facts, onFact }: FactsFormProps) {
  return (
    <fieldset className={cx(styles.facts)}>
      <legend className="visually-hidden">The session</legend>
      {facts.map((fact) => (
        <div key={fact.key} className={cx(styles.fact)} data-kind={fact.kind}>
          <FactField fact={fact} onChange={(value) => onFact(fact.key, value)} />
        </div>
      ))}
    </fieldset>
  );
}

function FactField({ fact, onChange }: { readonly fact: NoteFact; readonly onChange: (value: string) => void }) {
  const filled = fact.value === '' ? null : fact.value;
  switch (fact.kind) {
    case 'date':
      return <DatePicker label={fact.label} value={filled} onChange={(value) => onChange(value ?? '')} />;
    case 'time':
      return <TimeField label={fact.label} value={filled} onChange={(value) => onChange(value ?? '')} />;
    case 'choice':
      return <Select label={fact.label} choices={fact.choices} value={filled} onChange={onChange} />;
    case 'line':
      return <TextField label={fact.label} value={fact.value} onChange={onChange} />;
  }
}
