import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

import styles from './Banner.module.css';
import { cx } from './cx';
import { Icon } from './Icon';
import type { Tone } from './sync';

interface BannerProps {
  readonly tone: Tone;
  readonly icon: LucideIcon;
  readonly children: ReactNode;
  readonly action?: ReactNode;
  /** `strip` runs the width of the window; `inset` stands inside a sheet. */
  readonly shape?: 'strip' | 'inset';
}

/** Stays as long as it is true, never takes the focus, never covers anything. What failed is read out at once. */
export function Banner({ tone, icon, children, action, shape = 'inset' }: BannerProps) {
  return (
    <div role={tone === 'brick' ? 'alert' : 'status'} className={cx(styles.banner)} data-tone={tone} data-shape={shape}>
      <Icon as={icon} size={16} />
      <div className={cx(styles.text)}>{children}</div>
      {action}
    </div>
  );
}
