import { Building2, CornerDownLeft, Phone, TriangleAlert, Video } from 'lucide-react';

import { clock } from '../../shared/format/civil';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { SyncPill } from '../../shared/ui/Pill';
import { StandingPill } from '../notes/StandingPill';
import styles from './AgendaRow.module.css';
import type { AgendaEntry } from './model';

const PLACE_ICON = { Office: Building2, Video, Phone } as const;
const PHASE_WORD: Readonly<Partial<Record<AgendaEntry['phase'], string>>> = { cancelled: 'Cancelled', missed: 'Did not come' };

interface AgendaRowProps {
  readonly entry: AgendaEntry;
  /** Free minutes before it, if worth a word. */
  readonly gap: number | null;
  /** Set on the row before which, or in which, the clock stands now. */
  readonly now: string | null;
}

export function AgendaRow({ entry, gap, now }: AgendaRowProps) {
  const hasLineBefore = gap !== null || (now !== null && entry.phase !== 'now');
  const quietSync = entry.sync === 'synced';
  // A note that nobody can have written yet is no news.
  const hasMet = entry.phase === 'past' || entry.phase === 'now' || (entry.standing !== null && entry.standing !== 'none');
  const writable = entry.standing === 'none' && (entry.phase === 'past' || entry.phase === 'now');
  return (
    <div className={cx(styles.row)} data-phase={entry.phase} data-client={entry.isClient || undefined} data-after-gap={hasLineBefore || undefined}>
      {hasLineBefore ? (
        <div className={cx(styles.before)}>
          <span className={cx(styles.clock)}>{entry.phase === 'now' || now === null ? null : clock(now)}</span>
          <span className={cx(styles.spine)} />
          <span className={cx(styles.gap)}>{gap === null ? null : `${gap} min free`}</span>
        </div>
      ) : null}
      <time className={cx(styles.time)}>
        {clock(entry.starts)}
        <span className={cx(styles.ends)}>{clock(entry.ends)}</span>
      </time>
      <span className={cx(styles.spine)}>
        <span className={cx(styles.bead)} />
      </span>
      <div className={cx(styles.body)}>
        <span className={cx(styles.who)}>{entry.who}</span>
        {PHASE_WORD[entry.phase] === undefined ? null : <span className={cx(styles.phase)}>{PHASE_WORD[entry.phase]}</span>}
        {entry.phase === 'now' && now !== null ? <span className={cx(styles.now)}>Now, {clock(now)}</span> : null}
        <span className={cx(styles.facts)}>
          <span>{entry.service}</span>
          {entry.place === null ? null : (
            <span className={cx(styles.place)}>
              <Icon as={PLACE_ICON[entry.place]} size={14} />
              {entry.place}
            </span>
          )}
          {entry.remark === null ? null : (
            <span className={cx(styles.remark)}>
              <Icon as={TriangleAlert} size={14} />
              {entry.remark}
            </span>
          )}
        </span>
      </div>
      <div className={cx(styles.state)}>
        {writable ? <span className={cx(styles.write)}>Write note</span> : null}
        {writable || entry.standing === null || !hasMet ? null : (
          <StandingPill standing={entry.standing} bare={entry.standing === 'signed' || entry.standing === 'none'} />
        )}
        {quietSync ? null : <SyncPill state={entry.sync} />}
      </div>
      <span className={cx(styles.enter)}>
        <Icon as={CornerDownLeft} size={14} />
      </span>
    </div>
  );
}
