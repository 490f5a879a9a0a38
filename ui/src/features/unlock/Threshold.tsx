import type { ReactNode } from 'react';

import { cx } from '../../shared/ui/cx';
import { Mark } from '../../shared/ui/Mark';
import styles from './Threshold.module.css';

/** The room before the desk: the mark, large and still, and one sheet. */
export function Threshold({ practice, children }: { readonly practice: string | null; readonly children: ReactNode }) {
  return (
    <main className={cx(styles.threshold)} data-density="writing">
      <div className={cx(styles.mark)}>
        <Mark size={520} />
      </div>
      <div className={cx(styles.column)}>
        <div className={cx(styles.brand)}>
          <Mark size={36} />
          <span className={cx(styles.name)}>MentalSpace</span>
          {practice === null ? null : <span className={cx(styles.practice)}>{practice}</span>}
        </div>
        <div className={cx(styles.sheet)}>{children}</div>
      </div>
    </main>
  );
}
