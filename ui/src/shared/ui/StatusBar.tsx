import { Wifi, WifiOff } from 'lucide-react';
import { Button } from 'react-aria-components';

import { cx } from './cx';
import { Icon } from './Icon';
import styles from './StatusBar.module.css';
import { SYNC_LOOK, type SyncState } from './sync';

export interface SyncSummary {
  readonly state: SyncState;
  /** How many things are in that state; 0 says nothing. */
  readonly count: number;
  /** When it became so, in words, `10:06`. */
  readonly since: string;
  readonly isOnline: boolean;
}

interface StatusBarProps {
  readonly sync: SyncSummary;
  readonly onOpenActivity: () => void;
  /** What is still on its way to this device, if anything. */
  readonly arriving: string | null;
}

/** Word, icon, count and time of the sync, always in the same place; a click opens the log behind it. */
export function StatusBar({ sync, onOpenActivity, arriving }: StatusBarProps) {
  const look = SYNC_LOOK[sync.state];
  return (
    <footer className={cx(styles.bar)}>
      <Button className={cx(styles.item)} onPress={onOpenActivity}>
        <span role="status" className={cx(styles.sync)} data-tone={look.tone} data-state={sync.state}>
          <Icon as={look.icon} size={14} />
          <span className={cx(styles.word)}>{look.word}</span>
          {sync.count > 0 ? <span data-figures>{sync.count.toLocaleString()}</span> : null}
          <span className={cx(styles.since)} data-figures>
            {sync.since}
          </span>
        </span>
        <span className="visually-hidden">Open the sync log</span>
      </Button>
      {arriving === null ? null : <span className={cx(styles.quiet, styles.arriving)}>{arriving}</span>}
      <span className={cx(styles.space)} />
      <span className={cx(styles.quiet)}>
        <Icon as={sync.isOnline ? Wifi : WifiOff} size={14} />
        {sync.isOnline ? 'Online' : 'Offline'}
      </span>
    </footer>
  );
}
