import { Download, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Segmented } from '../../shared/ui/Segmented';
import styles from './Activity.module.css';

export type ActivityTab = 'log' | 'devices';

interface ActivityProps {
  readonly tab: ActivityTab;
  readonly onTab: (tab: ActivityTab) => void;
  readonly lastSync: string;
  /** Numbers with the word that says what they count. */
  readonly figures: readonly { readonly id: string; readonly number: string; readonly word: ReactNode }[];
  readonly isSyncing: boolean;
  readonly onSync: () => void;
  readonly onExport: (() => void) | null;
  readonly banner: ReactNode;
  readonly children: ReactNode;
}

/** The log behind the status bar, and the devices. It names no client, so it can be shown to anybody who helps. */
export function Activity({ tab, onTab, lastSync, figures, isSyncing, onSync, onExport, banner, children }: ActivityProps) {
  return (
    <div className={cx(styles.activity)}>
      <header className={cx(styles.head)}>
        <h1 className={cx(styles.title)}>Activity</h1>
        <span className={cx(styles.last)}>{lastSync}</span>
        <Segmented<ActivityTab>
          label="What to look at"
          value={tab}
          onChange={onTab}
          choices={[
            { id: 'log', word: 'Sync log' },
            { id: 'devices', word: 'Devices' },
          ]}
        />
        {onExport === null ? null : (
          <Button icon={Download} onPress={onExport}>
            Export the log
          </Button>
        )}
        <Button tone="primary" icon={RefreshCw} isDisabled={isSyncing} onPress={onSync}>
          {isSyncing ? 'Syncing' : 'Sync now'}
        </Button>
      </header>
      {banner}
      <ul className={cx(styles.counts)}>
        {figures.map((figure) => (
          <li key={figure.id} className={cx(styles.count)}>
            <span className={cx(styles.number)} data-figures>
              {figure.number}
            </span>
            {figure.word}
          </li>
        ))}
      </ul>
      {children}
    </div>
  );
}
