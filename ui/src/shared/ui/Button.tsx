import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';

import styles from './Button.module.css';
import { cx } from './cx';
import { Icon } from './Icon';
import { Tooltip } from './Tooltip';

type ButtonTone = 'primary' | 'plain' | 'quiet' | 'danger';

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  readonly tone?: ButtonTone;
  readonly small?: boolean;
  readonly icon?: LucideIcon;
  /** Its word stands in line with what is above and below, where the button itself shows no edge. */
  readonly flush?: 'start' | 'end';
  readonly children: ReactNode;
}

/** At most one `primary` is on a screen: the thing that the screen is for. */
export function Button({ tone = 'plain', small = false, icon, flush, children, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={cx(styles.button)} data-tone={tone} data-small={small || undefined} data-flush={flush}>
      {icon ? <Icon as={icon} size={small ? 14 : 16} /> : null}
      <span className={cx(styles.label)}>{children}</span>
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children' | 'aria-label'> {
  readonly icon: LucideIcon;
  /** Read aloud, and shown as the tooltip. */
  readonly label: string;
  readonly keys?: string;
}

export function IconButton({ icon, label, keys, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} {...(keys === undefined ? {} : { keys })}>
      <AriaButton {...rest} aria-label={label} className={cx(styles.button, styles.square)} data-tone="quiet">
        <Icon as={icon} size={16} />
      </AriaButton>
    </Tooltip>
  );
}
