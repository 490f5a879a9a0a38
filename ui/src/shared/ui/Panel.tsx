import type { ReactNode } from 'react';

import { cx } from './cx';
import styles from './Panel.module.css';

interface PanelProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  /** Scrolls inside and takes the height that is left. */
  readonly fills?: boolean;
}

/** A heading and what stands under it; a hairline divides, no box encloses. */
export function Panel({ title, aside, children, fills = false }: PanelProps) {
  return (
    <section aria-label={title} className={cx(styles.panel)} data-fills={fills || undefined}>
      <header className={cx(styles.head)}>
        <h2 className={cx(styles.title)}>{title}</h2>
        {aside}
      </header>
      <div className={cx(styles.body)}>{children}</div>
    </section>
  );
}
