import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';

import { cx } from './cx';
import type { Choice } from './Select';
import styles from './Segmented.module.css';

interface SegmentedProps<Id extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Id>[];
  readonly value: Id;
  readonly onChange: (id: Id) => void;
  readonly isDisabled?: boolean;
}

/** Two to four views of one thing, of which exactly one is shown. */
export function Segmented<Id extends string>({ label, choices, value, onChange, isDisabled = false }: SegmentedProps<Id>) {
  return (
    <ToggleButtonGroup
      aria-label={label}
      className={cx(styles.group)}
      selectionMode="single"
      disallowEmptySelection
      isDisabled={isDisabled}
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [key] = keys;
        const chosen = choices.find((choice) => choice.id === key);
        if (chosen) onChange(chosen.id);
      }}
    >
      {choices.map((choice) => (
        <ToggleButton key={choice.id} id={choice.id} className={cx(styles.part)}>
          {choice.word}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
