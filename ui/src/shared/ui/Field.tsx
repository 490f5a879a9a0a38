import type { ReactNode } from 'react';
import { FieldError, Label, Text } from 'react-aria-components';

import { cx } from './cx';
import styles from './Field.module.css';

export interface FieldWords {
  readonly label: string;
  /** Where the words already stand beside the field: the label is then only spoken. */
  readonly isLabelSpoken?: boolean;
  /** Said under the field before anything is wrong. */
  readonly hint?: string | undefined;
  /**
   * Said under the field instead of the hint; its presence makes the field invalid. It never holds up the form
   * (`validationBehavior="aria"`): an error may come from the application, and only sending again can lift it.
   */
  readonly error?: string | undefined;
}

interface FieldFrameProps extends FieldWords {
  readonly required?: boolean | undefined;
  readonly children: ReactNode;
}

/** Label, control, and one line below that is either the hint or the error. */
export function FieldFrame({ label, isLabelSpoken = false, hint, error, required, children }: FieldFrameProps) {
  return (
    <>
      <Label className={isLabelSpoken ? 'visually-hidden' : cx(styles.label)}>
        {label}
        {required ? <span className={cx(styles.required)}> required</span> : null}
      </Label>
      {children}
      {error === undefined && hint !== undefined ? (
        <Text slot="description" className={cx(styles.hint)}>
          {hint}
        </Text>
      ) : null}
      <FieldError className={cx(styles.error)}>{error}</FieldError>
    </>
  );
}
