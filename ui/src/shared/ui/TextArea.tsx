import { TextArea as AriaTextArea, TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps } from 'react-aria-components';

import { cx } from './cx';
import { FieldFrame, type FieldWords } from './Field';
import styles from './Field.module.css';
import own from './TextArea.module.css';

type Given = Omit<AriaTextFieldProps, 'className' | 'style' | 'children' | 'isInvalid'>;

interface TextAreaProps extends Given, FieldWords {
  readonly rows?: number;
}

/** A few sentences in a form. A section of a note is written in `SectionEditor`. */
export function TextArea({ label, hint, error, rows = 3, spellCheck = 'true', ...rest }: TextAreaProps) {
  return (
    <AriaTextField {...rest} spellCheck={spellCheck} isInvalid={error !== undefined} validationBehavior="aria" className={cx(styles.field)}>
      <FieldFrame label={label} hint={hint} error={error} required={rest.isRequired}>
        <AriaTextArea rows={rows} className={cx(styles.control, own.area)} />
      </FieldFrame>
    </AriaTextField>
  );
}
