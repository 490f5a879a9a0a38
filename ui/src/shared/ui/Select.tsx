import { Check, ChevronDown } from 'lucide-react';
import { Button, ComboBox as AriaComboBox, Group, Input, ListBox, ListBoxItem, Popover, Select as AriaSelect, SelectValue } from 'react-aria-components';

import { cx } from './cx';
import { FieldFrame, type FieldWords } from './Field';
import styles from './Field.module.css';
import { Icon } from './Icon';
import popover from './Popover.module.css';

export interface Choice<Id extends string = string> {
  readonly id: Id;
  readonly word: string;
  readonly note?: string;
}

interface ChoiceProps<Id extends string> extends FieldWords {
  readonly choices: readonly Choice<Id>[];
  readonly value: Id | null;
  readonly onChange: (id: Id) => void;
  readonly isDisabled?: boolean;
  readonly isRequired?: boolean;
}

function ChoiceRow({ choice }: { readonly choice: Choice }) {
  return (
    <ListBoxItem id={choice.id} textValue={choice.word} className={cx(popover.item)}>
      {({ isSelected }) => (
        <>
          <span>{choice.word}</span>
          {choice.note === undefined ? null : <span className={cx(popover.note)}>{choice.note}</span>}
          {isSelected ? <Icon as={Check} size={14} /> : null}
        </>
      )}
    </ListBoxItem>
  );
}

/** Up to about a dozen choices; beyond that people want to type: `ComboBox`. */
export function Select<Id extends string>(props: ChoiceProps<Id>) {
  const { label, isLabelSpoken = false, hint, error, choices, value, onChange, isDisabled = false, isRequired = false } = props;
  return (
    <AriaSelect
      className={cx(styles.field)}
      value={value}
      onChange={(key) => {
        const chosen = choices.find((choice) => choice.id === key);
        if (chosen) onChange(chosen.id);
      }}
      isDisabled={isDisabled}
      isRequired={isRequired}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      placeholder="Choose"
    >
      <FieldFrame label={label} isLabelSpoken={isLabelSpoken} hint={hint} error={error} required={isRequired}>
        <Button className={cx(styles.control)}>
          <SelectValue className={cx(styles.bare)}>{({ selectedText, defaultChildren }) => selectedText || defaultChildren}</SelectValue>
          <Icon as={ChevronDown} size={14} />
        </Button>
        <Popover className={cx(popover.popover)} offset={4}>
          <ListBox className={cx(popover.list)} items={choices}>
            {(choice) => <ChoiceRow choice={choice} />}
          </ListBox>
        </Popover>
      </FieldFrame>
    </AriaSelect>
  );
}

interface ComboBoxProps<Id extends string> extends ChoiceProps<Id> {
  readonly placeholder?: string;
}

/** Type to narrow; the list matches anywhere in the word. */
export function ComboBox<Id extends string>(props: ComboBoxProps<Id>) {
  const { label, hint, error, choices, value, onChange, isDisabled = false, isRequired = false, placeholder = '' } = props;
  return (
    <AriaComboBox
      className={cx(styles.field)}
      defaultItems={choices}
      value={value}
      onChange={(key) => {
        const chosen = choices.find((choice) => choice.id === key);
        if (chosen) onChange(chosen.id);
      }}
      isDisabled={isDisabled}
      isRequired={isRequired}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <FieldFrame label={label} hint={hint} error={error} required={isRequired}>
        <Group className={cx(styles.control)}>
          <Input className={cx(styles.bare)} placeholder={placeholder} />
          <Button className={cx(styles.tail)}>
            <Icon as={ChevronDown} size={14} />
          </Button>
        </Group>
        <Popover className={cx(popover.popover)} offset={4}>
          <ListBox<Choice<Id>> className={cx(popover.list)} renderEmptyState={() => <p className={cx(popover.heading)}>Nothing matches</p>}>
            {(choice) => <ChoiceRow choice={choice} />}
          </ListBox>
        </Popover>
      </FieldFrame>
    </AriaComboBox>
  );
}
