import { Check, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Checkbox as AriaCheckbox, type CheckboxProps as AriaCheckboxProps, Radio, RadioGroup as AriaRadioGroup, Switch as AriaSwitch } from 'react-aria-components';

import { cx } from './cx';
import { FieldFrame, type FieldWords } from './Field';
import field from './Field.module.css';
import { Icon } from './Icon';
import type { Choice } from './Select';
import styles from './Toggles.module.css';

interface CheckboxProps extends Omit<AriaCheckboxProps, 'className' | 'style' | 'children'> {
  readonly children: ReactNode;
}

export function Checkbox({ children, ...rest }: CheckboxProps) {
  return (
    <AriaCheckbox {...rest} className={cx(styles.row)}>
      {({ isSelected, isIndeterminate }) => (
        <>
          <span className={cx(styles.box)}>
            {isIndeterminate ? <Icon as={Minus} size={12} /> : isSelected ? <Icon as={Check} size={12} /> : null}
          </span>
          <span>{children}</span>
        </>
      )}
    </AriaCheckbox>
  );
}

interface RadioGroupProps<Id extends string> extends FieldWords {
  readonly choices: readonly Choice<Id>[];
  readonly value: Id | null;
  readonly onChange: (id: Id) => void;
  readonly inline?: boolean;
  readonly isDisabled?: boolean;
}

export function RadioGroup<Id extends string>(props: RadioGroupProps<Id>) {
  const { label, hint, error, choices, value, onChange, inline = false, isDisabled = false } = props;
  return (
    <AriaRadioGroup
      className={cx(field.field)}
      value={value}
      onChange={(id) => {
        const chosen = choices.find((choice) => choice.id === id);
        if (chosen) onChange(chosen.id);
      }}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      isDisabled={isDisabled}
    >
      <FieldFrame label={label} hint={hint} error={error}>
        <div className={cx(styles.group)} data-inline={inline || undefined}>
          {choices.map((choice) => (
            <Radio key={choice.id} value={choice.id} className={cx(styles.row)}>
              <span className={cx(styles.dot)} />
              <span>
                {choice.word}
                {choice.note === undefined ? null : <span className={cx(styles.note)}>{choice.note}</span>}
              </span>
            </Radio>
          ))}
        </div>
      </FieldFrame>
    </AriaRadioGroup>
  );
}

interface SwitchProps {
  readonly label: string;
  /** What a screen reader says instead of the label, where the words stand beside the switch. */
  readonly spoken?: string;
  readonly note?: string;
  readonly isOn: boolean;
  readonly onChange: (on: boolean) => void;
  readonly isDisabled?: boolean;
}

/** For a setting that takes effect at once. */
export function Switch({ label, spoken, note, isOn, onChange, isDisabled = false }: SwitchProps) {
  return (
    <AriaSwitch {...(spoken === undefined ? {} : { 'aria-label': spoken })} isSelected={isOn} onChange={onChange} isDisabled={isDisabled} className={cx(styles.row)}>
      <span className={cx(styles.track)}>
        <span className={cx(styles.thumb)} />
      </span>
      <span>
        {label}
        {note === undefined ? null : <span className={cx(styles.note)}>{note}</span>}
      </span>
    </AriaSwitch>
  );
}
