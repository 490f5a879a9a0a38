import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';

import type { FieldView, FindingView } from '../../backend/generated/api';
import { isCivilDate, isWallClock } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { DatePicker, TimeField } from '../../shared/ui/DateFields';
import { cx } from '../../shared/ui/cx';
import { Select } from '../../shared/ui/Select';
import { TextField } from '../../shared/ui/TextField';
import type { Autosave } from './Autosave';
import styles from './FactsForm.module.css';
import { askedFields } from './model';
import { fieldPart } from './saving';
import { usePart } from './useDraft';

interface FactsFormProps {
  readonly fields: readonly FieldView[];
  readonly autosave: Autosave;
  readonly findings: readonly FindingView[];
  /** `isWhole` for what is complete at once, as a choice is and a typed line is not. */
  readonly onField: (key: string, value: string, isWhole: boolean) => void;
  readonly onPause: () => void;
}

/** Asked for only now and then; they stand in the open once they hold something or something asks for them. */
const NOW_AND_THEN = new Set(['zone', 'participants', 'late_reason', 'diagnosis_deferred_reason', 'no_goal_reason', 'risk_intervention', 'safety_plan_reviewed', 'legal_basis', 'rescheduled_to']);

/** A row of its own: these are sentences, not words. */
const LONG = new Set(['late_reason', 'diagnosis_deferred_reason', 'no_goal_reason', 'risk_intervention', 'participants', 'legal_basis']);

/** The session's facts, filled from the appointment; one row where there is room. */
export function FactsForm({ fields, autosave, findings, onField, onPause }: FactsFormProps) {
  const [showsAll, setShowsAll] = useState(false);
  const asked = askedFields(findings);
  // What was asked for once stays while the note is open: a row that went as its rule was met would move the words
  // that somebody is writing below.
  const [wasAsked, setWasAsked] = useState<ReadonlySet<string>>(new Set());
  if ([...asked.keys()].some((key) => !wasAsked.has(key))) setWasAsked(new Set([...wasAsked, ...asked.keys()]));
  // By the saved value, not by the keys: a field that is being emptied stays where it is.
  const isQuiet = (field: FieldView) => NOW_AND_THEN.has(field.key) && !wasAsked.has(field.key) && (field.value === '' || field.key === 'zone');
  const quiet = fields.filter(isQuiet);
  return (
    <fieldset className={cx(styles.facts)}>
      <legend className="visually-hidden">The session</legend>
      {fields
        .filter((field) => showsAll || !isQuiet(field))
        .map((field) => (
          // A date is typed in steps, each of them a date: it is complete when the field is left.
          <div key={field.key} className={cx(styles.fact)} data-part={`field:${field.key}`} data-kind={LONG.has(field.key) ? 'long' : field.kind} onBlur={onPause}>
            <Fact
              field={field}
              autosave={autosave}
              hint={asked.get(field.key)}
              onChange={(value) => onField(field.key, value, field.kind === 'choice' || field.kind === 'yes_no')}
            />
          </div>
        ))}
      {quiet.length === 0 ? null : (
        <div className={cx(styles.more)}>
          <Button tone="quiet" small flush="end" icon={showsAll ? ChevronDown : ChevronRight} aria-expanded={showsAll} onPress={() => setShowsAll(!showsAll)}>
            {showsAll ? 'Fewer details' : 'More details'}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

interface FactProps {
  readonly field: FieldView;
  readonly autosave: Autosave;
  readonly hint: string | undefined;
  readonly onChange: (value: string) => void;
}

/** What no calendar knows is shown as it was written, so that a person can put it right. */
function kindShown(kind: string, value: string): string {
  if (value === '') return kind;
  if (kind === 'date') return isCivilDate(value) ? kind : 'text';
  if (kind === 'time') return isWallClock(value) ? kind : 'text';
  return kind;
}

function Fact({ field, autosave, hint, onChange }: FactProps) {
  const value = usePart(autosave, fieldPart(field.key), field.value);
  const filled = value === '' ? null : value;
  switch (kindShown(field.kind, value)) {
    case 'date':
      return <DatePicker label={field.label} hint={hint} value={filled} onChange={(date) => onChange(date ?? '')} />;
    case 'time':
      return <TimeField label={field.label} hint={hint} value={filled} onChange={(time) => onChange(time ?? '')} />;
    case 'choice':
    case 'yes_no':
      return <Select label={field.label} hint={hint} choices={field.choices.map((choice) => ({ id: choice.value, word: choice.label }))} value={filled} onChange={onChange} />;
    default:
      return <TextField label={field.label} hint={hint} value={value} onChange={onChange} autoComplete="off" spellCheck="true" />;
  }
}
