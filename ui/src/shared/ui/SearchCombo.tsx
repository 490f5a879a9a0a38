import { Check, Search } from 'lucide-react';
import { ComboBox as AriaComboBox, Group, Input, ListBox, ListBoxItem, Popover } from 'react-aria-components';

import { cx } from './cx';
import { FieldFrame, type FieldWords } from './Field';
import styles from './Field.module.css';
import { Icon } from './Icon';
import popover from './Popover.module.css';
import own from './SearchCombo.module.css';

export interface Found {
  readonly id: string;
  readonly word: string;
  readonly note?: string;
}

interface SearchComboProps extends FieldWords {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** Already ranked for the query; drawn in this order and never filtered again. */
  readonly found: readonly Found[];
  readonly onChoose: (found: Found) => void;
  /** Said in the open list when nothing is found. */
  readonly nothing: string;
  /** The text is what was chosen: there is nothing to look for until it changes. */
  readonly isChosen?: boolean;
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  readonly isDisabled?: boolean;
  readonly autoFocus?: boolean;
}

/** For what is too many to list: type, and choose from what was found. Who finds it is the page's business. */
export function SearchCombo(props: SearchComboProps) {
  const { label, isLabelSpoken = false, hint, error, query, onQuery, found, onChoose, nothing, isChosen = false, placeholder = '', isRequired = false, isDisabled = false, autoFocus = false } = props;
  return (
    <AriaComboBox<Found>
      className={cx(styles.field)}
      items={found}
      inputValue={query}
      onInputChange={onQuery}
      value={null}
      onChange={(key) => {
        const chosen = found.find((candidate) => candidate.id === key);
        if (chosen) onChoose(chosen);
      }}
      // The text is the question, not the answer: leaving the field keeps it as it was typed.
      allowsCustomValue
      allowsEmptyCollection={!isChosen}
      menuTrigger="input"
      isRequired={isRequired}
      isDisabled={isDisabled}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <FieldFrame label={label} isLabelSpoken={isLabelSpoken} hint={hint} error={error} required={isRequired}>
        <Group className={cx(styles.control)}>
          <span className={cx(styles.lead)}>
            <Icon as={Search} size={14} />
          </span>
          <Input className={cx(styles.bare)} placeholder={placeholder} autoFocus={autoFocus} />
        </Group>
        <Popover className={cx(popover.popover)} offset={4}>
          <ListBox<Found> className={cx(popover.list)} renderEmptyState={() => <p className={cx(own.nothing)}>{nothing}</p>}>
            {(choice) => (
              <ListBoxItem id={choice.id} textValue={choice.word} className={cx(popover.item)}>
                {({ isSelected }) => (
                  <>
                    <span>{choice.word}</span>
                    {choice.note === undefined ? null : <span className={cx(popover.note)}>{choice.note}</span>}
                    {isSelected ? <Icon as={Check} size={14} /> : null}
                  </>
                )}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </FieldFrame>
    </AriaComboBox>
  );
}
