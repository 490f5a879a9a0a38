import { CircleAlert, CloudOff, KeyRound, LockKeyhole, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';

import { Avatar } from '../shared/ui/Avatar';
import { Banner } from '../shared/ui/Banner';
import { Button, IconButton } from '../shared/ui/Button';
import { cx } from '../shared/ui/cx';
import { Icon } from '../shared/ui/Icon';
import { Kbd } from '../shared/ui/Kbd';
import { Mark } from '../shared/ui/Mark';
import { StatusBar, type SyncSummary } from '../shared/ui/StatusBar';
import { type Section, SECTIONS } from './sections';
import styles from './Shell.module.css';
import type { OfflineNotice } from './status';

interface ShellProps {
  /** The section that the screen belongs to; `null` for one that belongs to none. */
  readonly at: Section['path'] | null;
  readonly onGo: (path: Section['path']) => void;
  readonly onFind: () => void;
  readonly onLock: () => void;
  readonly person: { readonly name: string; readonly practice: string };
  readonly sync: SyncSummary;
  readonly arriving: string | null;
  readonly offline: OfflineNotice | null;
  /** The practice's server wants the password before the next sync. */
  readonly onSignIn: (() => void) | null;
  /** What else a person should know about the sync. */
  readonly message: string | null;
  readonly children: ReactNode;
}

const OFFLINE_TONE = { short: 'neutral', long: 'ochre' } as const;

/** The desk: a rail at the left, one sheet of work, and the state of the sync below. */
export function Shell(props: ShellProps) {
  const { at, onGo, onFind, onLock, person, sync, arriving, offline, onSignIn, message, children } = props;
  return (
    <div className={cx(styles.desk)}>
      <a href="#work" className={cx(styles.skip)}>
        Skip to the work
      </a>
      <nav aria-label="Sections" className={cx(styles.rail)}>
        <span className={cx(styles.mark)}>
          <Mark size={28} />
        </span>
        <ul className={cx(styles.sections)}>
          {SECTIONS.map((section) => (
            <li key={section.path}>
              <AriaButton
                className={cx(styles.section)}
                {...(section.path === at ? { 'aria-current': 'page' as const } : {})}
                onPress={() => onGo(section.path)}
              >
                <Icon as={section.icon} size={20} />
                {section.word}
              </AriaButton>
            </li>
          ))}
        </ul>
      </nav>
      <header className={cx(styles.top)}>
        <AriaButton className={cx(styles.find)} onPress={onFind}>
          <Icon as={Search} size={14} />
          <span className={cx(styles.prompt)}>Find a client, a note or an action</span>
          <Kbd keys="Ctrl K" />
        </AriaButton>
        <span className={cx(styles.space)} />
        <span className={cx(styles.person)}>
          <span className={cx(styles.practice)}>{person.practice}</span>
          <Avatar name={person.name} />
          <span>{person.name}</span>
        </span>
        <IconButton icon={LockKeyhole} label="Lock" keys="Ctrl L" onPress={onLock} />
      </header>
      <main id="work" className={cx(styles.sheet)}>
        {offline === null ? null : (
          <Banner tone={OFFLINE_TONE[offline.level]} icon={CloudOff} shape="strip">
            <strong>Working offline</strong>
            {offline.words}
            Video sessions and claims need a connection; everything else works.
          </Banner>
        )}
        {onSignIn === null ? null : (
          <Banner
            tone="ochre"
            icon={KeyRound}
            shape="strip"
            action={
              <Button small onPress={onSignIn}>
                Sign in
              </Button>
            }
          >
            <strong>The practice asks for your password</strong> before this device syncs again. Everything is safe on this device and goes on working.
          </Banner>
        )}
        {message === null ? null : (
          <Banner tone="ochre" icon={CircleAlert} shape="strip">
            {message}
          </Banner>
        )}
        <div className={cx(styles.work)}>{children}</div>
      </main>
      <div className={cx(styles.status)}>
        <StatusBar sync={sync} arriving={arriving} onOpenActivity={() => onGo('/activity')} />
      </div>
    </div>
  );
}
