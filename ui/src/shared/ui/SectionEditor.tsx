import { type ReactNode, type Ref, useId, useImperativeHandle, useLayoutEffect, useRef } from 'react';

import { caretAfter } from './caret';
import { cx } from './cx';
import styles from './SectionEditor.module.css';

export interface SectionEditorHandle {
  /**
   * Moves the caret into the section, to the end unless an offset in UTF-16 units is given. `stays` leaves the page
   * where it is: a note opens at its top, even if its first section is long.
   */
  focus(offset?: number, stays?: boolean): void;
}

interface SectionEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onFocus?: () => void;
  readonly onBlur?: () => void;
  readonly prompt?: string;
  readonly readOnly?: boolean;
  readonly invalid?: string | undefined;
  /** Text that was pulled forward stays tinted until the first edit. */
  readonly tinted?: boolean;
  /** Names the part to whoever looks for the field that has the focus. */
  readonly part?: string;
  /** Between the label and the text: what has to be read before more is written. */
  readonly above?: ReactNode;
  /** Right of the label: origin, combined-text mark, section menu. */
  readonly aside?: ReactNode;
  readonly handle?: Ref<SectionEditorHandle>;
}

/**
 * One section of a note: a native textarea, because spelling, dictation, input methods and undo are
 * the system's there and nowhere else. It grows with its text, so the page scrolls and the field never does.
 */
export function SectionEditor(props: SectionEditorProps) {
  const { label, value, onChange, onFocus, onBlur, prompt, readOnly, invalid, tinted, part, above, aside, handle } = props;
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);

  useImperativeHandle(handle, () => ({
    focus(offset, stays = false) {
      const field = area.current;
      if (!field) return;
      const at = offset ?? field.value.length;
      field.focus({ preventScroll: stays });
      field.setSelectionRange(at, at);
    },
  }));

  const shown = useRef({ text: value, caret: 0 });

  // Text that came in from elsewhere would send the caret to the end.
  useLayoutEffect(() => {
    const field = area.current;
    const { text, caret } = shown.current;
    if (field && text !== value && document.activeElement === field) {
      const at = caretAfter(text, value, caret);
      field.setSelectionRange(at, at);
    }
    shown.current.text = value;
  }, [value]);

  return (
    <div className={cx(styles.section)} data-tinted={tinted || undefined} data-invalid={invalid !== undefined || undefined}>
      <div className={cx(styles.head)}>
        <label htmlFor={id} className={cx(styles.label)}>
          {label}
        </label>
        <span id={`${id}-aside`} className={cx(styles.aside)}>
          {aside}
        </span>
      </div>
      {above}
      <div data-words data-text={value || prompt} className={cx(styles.grows)}>
        <textarea
          id={id}
          data-part={part}
          ref={area}
          className={cx(styles.area)}
          value={value}
          rows={2}
          spellCheck
          readOnly={readOnly ?? false}
          placeholder={prompt ?? ''}
          aria-invalid={invalid !== undefined}
          aria-describedby={invalid === undefined ? `${id}-aside` : `${id}-invalid`}
          onSelect={(event) => {
            shown.current.caret = event.currentTarget.selectionStart;
          }}
          onChange={(event) => {
            shown.current = { text: event.currentTarget.value, caret: event.currentTarget.selectionStart };
            onChange(event.currentTarget.value);
          }}
          onFocus={onFocus}
          onBlur={onBlur}
        />
      </div>
      {invalid === undefined ? null : (
        <p id={`${id}-invalid`} className={cx(styles.invalid)}>
          {invalid}
        </p>
      )}
    </div>
  );
}
