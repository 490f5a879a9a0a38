import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

import { cx } from './cx';
import { Icon } from './Icon';
import styles from './Pill.module.css';
import { SYNC_LOOK, type SyncState, type Tone } from './sync';

interface PillProps {
  readonly tone: Tone;
  readonly icon?: LucideIcon;
  readonly children: ReactNode;
  /** Without ground or edge: in rows where many stand below each other. */
  readonly bare?: boolean;
}

/** A state in a word; icon and colour repeat it, and neither stands for it. */
export function Pill({ tone, icon, children, bare = false }: PillProps) {
  return (
    <span className={cx(styles.pill)} data-tone={tone} data-bare={bare || undefined}>
      {icon ? <Icon as={icon} size={14} /> : null}
      <span>{children}</span>
    </span>
  );
}

interface SyncPillProps {
  readonly state: SyncState;
  readonly bare?: boolean;
}

export function SyncPill({ state, bare = true }: SyncPillProps) {
  const look = SYNC_LOOK[state];
  return (
    <span className={cx(styles.pill)} data-tone={look.tone} data-bare={bare || undefined} data-state={state}>
      <Icon as={look.icon} size={14} />
      <span>{look.word}</span>
    </span>
  );
}

/** A number that belongs to a word beside it. */
export function Count({ of, tone = 'neutral' }: { readonly of: number; readonly tone?: Tone }) {
  return (
    <span className={cx(styles.count)} data-tone={tone}>
      {of.toLocaleString()}
    </span>
  );
}
