import { Building2 } from 'lucide-react';
import type { ReactNode } from 'react';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { KeyValue } from '../../shared/ui/KeyValue';
import { Segmented } from '../../shared/ui/Segmented';
import { Select } from '../../shared/ui/Select';
import { Switch } from '../../shared/ui/Toggles';
import { type Appearance, LOCK_CHOICES, NOTIFICATION_CHOICES, type NotificationLevel, ZOOM_STEPS } from './model';
import styles from './Settings.module.css';

export interface SettingsView {
  readonly appearance: Appearance;
  readonly lockAfterMinutes: string;
  readonly lockOnSleep: boolean;
  readonly notifications: NotificationLevel;
  readonly device: readonly { readonly key: string; readonly value: string }[];
  /** Settings that the practice's policy decides; their controls are read-only. */
  readonly managed: ReadonlySet<string>;
}

interface SettingsProps {
  readonly view: SettingsView;
  readonly onAppearance: (appearance: Appearance) => void;
  readonly onLockAfter: (minutes: string) => void;
  readonly onLockOnSleep: (on: boolean) => void;
  readonly onNotifications: (level: NotificationLevel) => void;
  readonly extras?: ReactNode;
}

export function Settings({ view, onAppearance, onLockAfter, onLockOnSleep, onNotifications, extras }: SettingsProps) {
  const { appearance, managed } = view;
  return (
    <div className={cx(styles.settings)}>
      <h1 className={cx(styles.title)}>Settings</h1>
      <Part title="Appearance">
        <Row label="Theme">
          <Segmented
            label="Theme"
            value={appearance.theme}
            onChange={(theme) => onAppearance({ ...appearance, theme })}
            choices={[
              { id: 'system', word: 'As the system' },
              { id: 'light', word: 'Light' },
              { id: 'dark', word: 'Dark' },
            ]}
          />
        </Row>
        <Row label="Contrast">
          <Segmented
            label="Contrast"
            value={appearance.contrast}
            onChange={(contrast) => onAppearance({ ...appearance, contrast })}
            choices={[
              { id: 'system', word: 'As the system' },
              { id: 'normal', word: 'Normal' },
              { id: 'more', word: 'High' },
            ]}
          />
        </Row>
        <Row label="Movement">
          <Segmented
            label="Movement"
            value={appearance.motion}
            onChange={(motion) => onAppearance({ ...appearance, motion })}
            choices={[
              { id: 'system', word: 'As the system' },
              { id: 'full', word: 'Full' },
              { id: 'reduced', word: 'Reduced' },
            ]}
          />
        </Row>
        <Row label="Size">
          <div className={cx(styles.zoom)}>
            <Button small isDisabled={appearance.zoom <= 50} onPress={() => onAppearance({ ...appearance, zoom: step(appearance.zoom, -1) })}>
              Smaller
            </Button>
            <span data-figures className={cx(styles.percent)}>
              {appearance.zoom} %
            </span>
            <Button small isDisabled={appearance.zoom >= 200} onPress={() => onAppearance({ ...appearance, zoom: step(appearance.zoom, 1) })}>
              Larger
            </Button>
          </div>
        </Row>
      </Part>
      <Part title="Locking">
        <Row label="Lock when nothing was touched for" isManaged={managed.has('lock_after')}>
          <Select label="Lock when nothing was touched for" isLabelSpoken choices={LOCK_CHOICES} value={view.lockAfterMinutes} onChange={onLockAfter} isDisabled={managed.has('lock_after')} />
        </Row>
        <Row label="Lock when the computer sleeps" isManaged={managed.has('lock_on_sleep')}>
          <Switch label={view.lockOnSleep ? 'On' : 'Off'} spoken="Lock when the computer sleeps" isOn={view.lockOnSleep} onChange={onLockOnSleep} isDisabled={managed.has('lock_on_sleep')} />
        </Row>
      </Part>
      <Part title="Notifications">
        <Row label="What they may say" isManaged={managed.has('notifications')}>
          <Select
            label="What they may say"
            isLabelSpoken
            choices={NOTIFICATION_CHOICES}
            value={view.notifications}
            onChange={onNotifications}
            isDisabled={managed.has('notifications')}
          />
        </Row>
      </Part>
      <Part title="This device">
        <KeyValue pairs={view.device} />
        {extras}
      </Part>
    </div>
  );
}

function step(zoom: number, by: 1 | -1): number {
  const at = ZOOM_STEPS.findIndex((candidate) => candidate >= zoom);
  return ZOOM_STEPS[Math.min(ZOOM_STEPS.length - 1, Math.max(0, at + by))] ?? zoom;
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className={cx(styles.part)}>
      <h2 className={cx(styles.heading)}>{title}</h2>
      <div className={cx(styles.rows)}>{children}</div>
    </section>
  );
}

function Row({ label, isManaged = false, children }: { readonly label: string; readonly isManaged?: boolean; readonly children: ReactNode }) {
  return (
    <div className={cx(styles.row)}>
      <span className={cx(styles.label)}>
        {label}
        {isManaged ? (
          <span className={cx(styles.managed)}>
            <Icon as={Building2} size={12} /> Managed by your organisation
          </span>
        ) : null}
      </span>
      {children}
    </div>
  );
}
