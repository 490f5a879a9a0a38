import type { ReactNode } from 'react';

import { cx } from './cx';
import styles from './KeyValue.module.css';

interface KeyValueProps {
  readonly pairs: readonly { readonly key: string; readonly value: ReactNode }[];
  /** `strip` runs along one line under a heading; `list` stands in a column. */
  readonly shape?: 'list' | 'strip';
}

export function KeyValue({ pairs, shape = 'list' }: KeyValueProps) {
  return (
    <dl className={cx(styles.pairs)} data-shape={shape}>
      {pairs.map((pair) => (
        <div key={pair.key} className={cx(styles.pair)}>
          <dt className={cx(styles.key)}>{pair.key}</dt>
          <dd className={cx(styles.value)} data-figures>
            {pair.value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
