import type { ReactNode } from 'react';

import { cx } from './cx';
import styles from './EmptyState.module.css';
import { Mark } from './Mark';

interface EmptyStateProps {
  readonly title: string;
  /** Why it is empty, and what to do. */
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className={cx(styles.empty)}>
      <span className={cx(styles.mark)}>
        <Mark size={36} />
      </span>
      <h2 className={cx(styles.title)}>{title}</h2>
      <p className={cx(styles.text)}>{children}</p>
      {action}
    </div>
  );
}
