import { Building2, KeyRound, Laptop } from 'lucide-react';
import type { ReactNode } from 'react';

import type { SettingsView } from '../../backend/generated/api';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { KeyValue } from '../../shared/ui/KeyValue';
import { Segmented } from '../../shared/ui/Segmented';
import { Select } from '../../shared/ui/Select';
import { Switch } from '../../shared/ui/Toggles';
import { CONTRASTS, FORMATS, LEAST_ZOOM, lockChoices, MOST_ZOOM, MOTIONS, NOTIFICATIONS, THEMES, withSetting, ZOOM_STEP } from './model';
import styles from './Settings.module.css';
import { ZoomSlider } from './ZoomSlider';

interface SettingsProps {
  readonly settings: SettingsView;
  /** Set once more was asked for than the practice allows: the most that it does, in minutes. */
  readonly longestLock: number | null;
  readonly about: readonly { readonly key: string; readonly value: string }[];
  readonly banner: ReactNode;
  readonly onChange: (settings: SettingsView) => void;
  readonly onPassword: () => void;
  readonly onDevices: () => void;
}

/** Every setting takes effect at once and is kept in the encrypted store of this device. */
export function Settings({ settings, longestLock, about, banner, onChange, onPassword, onDevices }: SettingsProps) {
  const put = <Key extends keyof SettingsView>(key: Key, value: SettingsView[Key]) => onChange(withSetting(settings, key, value));
  return (
    <div className={cx(styles.settings)}>
      <h1 className={cx(styles.title)}>Settings</h1>
      {banner}
      <Part title="Appearance">
        <Row label="Theme">
          <Segmented label="Theme" choices={THEMES} value={settings.theme} onChange={(theme) => put('theme', theme)} />
        </Row>
        <Row label="Contrast">
          <Segmented label="Contrast" choices={CONTRASTS} value={settings.contrast} onChange={(contrast) => put('contrast', contrast)} />
        </Row>
        <Row label="Movement">
          <Segmented label="Movement" choices={MOTIONS} value={settings.motion} onChange={(motion) => put('motion', motion)} />
        </Row>
        <Row label="Size of text">
          <ZoomSlider value={settings.zoom} least={LEAST_ZOOM} most={MOST_ZOOM} step={ZOOM_STEP} onChange={(zoom) => put('zoom', zoom)} />
        </Row>
      </Part>
      <Part title="Writing">
        <Row label="Format of a new progress note">
          <Select label="Format of a new progress note" isLabelSpoken choices={FORMATS} value={settings.default_format} onChange={(format) => put('default_format', format)} />
        </Row>
      </Part>
      <Part title="Caseload">
        <Row label="Inactive and discharged clients">
          <Switch
            label={settings.show_inactive ? 'Shown in the list' : 'Left out of the list'}
            spoken="Show inactive and discharged clients"
            isOn={settings.show_inactive}
            onChange={(shows) => put('show_inactive', shows)}
          />
        </Row>
      </Part>
      <Part title="Safety">
        <Row label="Lock when nothing was touched for" {...(longestLock === null ? {} : { managed: `Your practice allows at most ${longestLock} minutes` })}>
          <Select
            label="Lock when nothing was touched for"
            isLabelSpoken
            choices={lockChoices(settings.idle_lock_minutes)}
            value={String(settings.idle_lock_minutes)}
            onChange={(minutes) => put('idle_lock_minutes', Number(minutes))}
          />
        </Row>
        <Row label="What notifications may say">
          <Select label="What notifications may say" isLabelSpoken choices={NOTIFICATIONS} value={settings.notifications} onChange={(level) => put('notifications', level)} />
        </Row>
        <Row label="Password">
          <div>
            <Button icon={KeyRound} onPress={onPassword}>
              Change the password…
            </Button>
          </div>
        </Row>
      </Part>
      <Part title="This device">
        <KeyValue pairs={about} />
        <div>
          <Button icon={Laptop} onPress={onDevices}>
            All devices
          </Button>
        </div>
      </Part>
    </div>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className={cx(styles.part)}>
      <h2 className={cx(styles.heading)}>{title}</h2>
      <div className={cx(styles.rows)}>{children}</div>
    </section>
  );
}

interface RowProps {
  readonly label: string;
  /** What the practice has decided about it. */
  readonly managed?: string;
  readonly children: ReactNode;
}

function Row({ label, managed, children }: RowProps) {
  return (
    <div className={cx(styles.row)}>
      <span className={cx(styles.label)}>
        {label}
        {managed === undefined ? null : (
          <span className={cx(styles.managed)}>
            <Icon as={Building2} size={12} /> {managed}
          </span>
        )}
      </span>
      {children}
    </div>
  );
}
