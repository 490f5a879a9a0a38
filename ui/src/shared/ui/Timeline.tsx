import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

import { cx } from './cx';
import { Icon } from './Icon';
import type { Tone } from './sync';
import styles from './Timeline.module.css';

export interface TimelineEntry {
  readonly id: string;
  readonly when: string;
  readonly title: ReactNode;
  readonly detail?: ReactNode;
  readonly icon: LucideIcon;
  readonly tone: Tone;
}

/** What happened, newest first. */
export function Timeline({ label, entries }: { readonly label: string; readonly entries: readonly TimelineEntry[] }) {
  return (
    <ol aria-label={label} className={cx(styles.timeline)}>
      {entries.map((entry) => (
        <li key={entry.id} className={cx(styles.entry)} data-tone={entry.tone}>
          <span className={cx(styles.node)}>
            <Icon as={entry.icon} size={14} />
          </span>
          <div className={cx(styles.body)}>
            <div className={cx(styles.line)}>
              <span className={cx(styles.title)}>{entry.title}</span>
              <time className={cx(styles.when)}>{entry.when}</time>
            </div>
            {entry.detail === undefined ? null : <div className={cx(styles.detail)}>{entry.detail}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}
