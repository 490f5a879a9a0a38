import { Check, type LucideIcon, Phone, UserX, Video } from 'lucide-react';
import type { DOMAttributes } from 'react';

import { clock, clockSpan } from '../../shared/format/civil';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { SYNC_LOOK } from '../../shared/ui/sync';
import { STANDING_LOOK } from '../notes/model';
import styles from './EntryBlock.module.css';
import { clockWords, MODALITY_WORD, type Placed, STATUS_LOOK } from './model';

interface EntryBlockProps extends DOMAttributes<HTMLButtonElement> {
  readonly placed: Placed;
  readonly isHeld: boolean;
  /** Whose it is, where that is not said by the column. */
  readonly owner: string | null;
  /** Whether the column is wide enough for everything to stand on one line. */
  readonly isWide: boolean;
}

export const HOUR_REM = 3.25;
/** Shorter ones are drawn as tall as this, so that a name fits in. */
const LEAST_MIN = 24;

const MODALITY_ICON: Readonly<Record<string, LucideIcon>> = { video: Video, phone: Phone };

export function EntryBlock({ placed, isHeld, owner, isWide, ...handlers }: EntryBlockProps) {
  const { entry, lane, lanes } = placed;
  const minutes = entry.end - entry.start;
  const status = entry.status === 'booked' || entry.kind === 'busy' ? null : (STATUS_LOOK[entry.status]?.word ?? null);
  const way = MODALITY_ICON[entry.modality];
  // Beside a longer word the end would not fit; the height shows it.
  const isBrief = !isWide && (minutes < 40 || lanes > 1 || entry.status === 'no_show');
  const time = isBrief ? clock(clockWords(entry.start)) : clockSpan(clockWords(entry.start), clockWords(entry.end));
  // A session that has been says where its note stands; until then there is nothing to say.
  const standing = entry.kind === 'appointment' && (entry.status === 'completed' || entry.standing !== 'none') ? STANDING_LOOK[entry.standing] : null;
  const sync = entry.sync === 'synced' ? null : SYNC_LOOK[entry.sync];
  return (
    <button
      type="button"
      className={cx(styles.entry)}
      data-kind={entry.kind}
      data-status={entry.status}
      data-tentative={entry.isTentative || undefined}
      data-room={minutes < 40 ? 'line' : minutes < 65 ? 'two' : undefined}
      data-held={isHeld || undefined}
      data-movable={entry.isMovable || undefined}
      style={{
        top: `${(entry.start / 60) * HOUR_REM}rem`,
        height: `${Math.max(LEAST_MIN, minutes) * (HOUR_REM / 60) - 0.125}rem`,
        left: `${(lane / lanes) * 100}%`,
        width: `calc(${100 / lanes}% - 0.25rem)`,
      }}
      {...handlers}
    >
      <span className={cx(styles.who)}>
        <span className={cx(styles.name)}>
          {owner === null ? entry.who : entry.kind === 'busy' ? owner : `${entry.who}, ${owner}`}
          {owner !== null && entry.kind === 'busy' ? <span className="visually-hidden">, busy</span> : null}
        </span>
        {entry.status === 'checked_in' ? <Icon as={Check} size={12} /> : null}
        {entry.status === 'no_show' ? <Icon as={UserX} size={12} /> : null}
        <span className={cx(styles.marks)}>
          {way === undefined || lanes > 1 ? null : <Icon as={way} size={12} label={MODALITY_WORD[entry.modality] ?? entry.modality} />}
          {standing === null ? null : (
            <span className={cx(styles.mark)} data-tone={entry.standing === 'none' ? 'ochre' : standing.tone}>
              <Icon as={standing.icon} size={14} label={standing.word} />
            </span>
          )}
          {sync === null ? null : (
            <span className={cx(styles.mark)} data-tone={sync.tone}>
              <Icon as={sync.icon} size={14} label={sync.word} />
            </span>
          )}
        </span>
      </span>
      <span className={cx(styles.when)} data-figures>
        {time}
        {status === null ? '' : `, ${status}`}
        {entry.isTentative ? ', tentative' : ''}
        {isWide && entry.service !== '' ? `, ${entry.service}` : ''}
      </span>
      {isWide || entry.service === '' ? null : <span className={cx(styles.service)}>{entry.service}</span>}
    </button>
  );
}
