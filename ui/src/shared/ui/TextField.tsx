import type { LucideIcon } from 'lucide-react';
import type { Ref } from 'react';
import { Button, Group, Input, SearchField as AriaSearchField, TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps } from 'react-aria-components';
import { X } from 'lucide-react';

import { cx } from './cx';
import { FieldFrame, type FieldWords } from './Field';
import styles from './Field.module.css';
import { Icon } from './Icon';

type Given = Omit<AriaTextFieldProps, 'className' | 'style' | 'children' | 'isInvalid'>;

interface TextFieldProps extends Given, FieldWords {
  readonly placeholder?: string;
  readonly field?: Ref<HTMLInputElement>;
}

/** One line of text. Paste and password managers always work; nothing is masked against them. */
export function TextField({ label, hint, error, placeholder, field, ...rest }: TextFieldProps) {
  return (
    <AriaTextField {...rest} isInvalid={error !== undefined} validationBehavior="aria" className={cx(styles.field)}>
      <FieldFrame label={label} hint={hint} error={error} required={rest.isRequired}>
        <Input className={cx(styles.control)} {...(placeholder === undefined ? {} : { placeholder })} {...(field === undefined ? {} : { ref: field })} />
      </FieldFrame>
    </AriaTextField>
  );
}

interface SearchBoxProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly icon: LucideIcon;
  readonly autoFocus?: boolean;
}

/** A filter over what is on the screen; Esc empties it. */
export function SearchBox({ label, placeholder, value, onChange, icon, autoFocus = false }: SearchBoxProps) {
  return (
    <AriaSearchField aria-label={label} value={value} onChange={onChange} autoFocus={autoFocus} className={cx(styles.field)}>
      <Group className={cx(styles.control)}>
        <span className={cx(styles.lead)}>
          <Icon as={icon} size={14} />
        </span>
        <Input className={cx(styles.bare)} placeholder={placeholder} />
        {value === '' ? null : (
          <Button className={cx(styles.tail)} aria-label="Empty the filter">
            <Icon as={X} size={14} />
          </Button>
        )}
      </Group>
    </AriaSearchField>
  );
}
