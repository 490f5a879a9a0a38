import { Check, CircleAlert, CloudUpload, GitMerge, UserX } from 'lucide-react';
import type { DOMAttributes } from 'react';

import { clock, clockSpan } from '../../shared/format/civil';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import styles from './EntryBlock.module.css';
import { type CalendarEntry, clockWords, type Placed } from './model';

interface EntryBlockProps extends DOMAttributes<HTMLButtonElement> {
  readonly placed: Placed;
  readonly isHeld: boolean;
}

const HOUR_REM = 3.25;
const UNSETTLED = {
  waiting: { icon: CloudUpload, word: 'Waiting to sync' },
  failed: { icon: CircleAlert, word: 'Failed' },
  review: { icon: GitMerge, word: 'Needs your review' },
} as const;
const STATUS_WORD: Readonly<Record<CalendarEntry['status'], string | null>> = {
  booked: null,
  checked_in: 'Here',
  completed: 'Done',
  cancelled: 'Cancelled',
  no_show: 'Did not come',
};

export function EntryBlock({ placed, isHeld, ...handlers }: EntryBlockProps) {
  const { entry, lane, lanes } = placed;
  const minutes = entry.end - entry.start;
  const mark = entry.unsettled === null ? null : UNSETTLED[entry.unsettled];
  const status = STATUS_WORD[entry.status];
  return (
    <button
      type="button"
      className={cx(styles.entry)}
      data-kind={entry.kind}
      data-status={entry.status}
      data-room={minutes < 40 ? 'line' : minutes < 60 ? 'two' : undefined}
      data-held={isHeld || undefined}
      data-movable={entry.isMovable || undefined}
      style={{
        top: `${(entry.start / 60) * HOUR_REM}rem`,
        height: `${Math.max(24, entry.end - entry.start) * (HOUR_REM / 60) - 0.125}rem`,
        left: `${(lane / lanes) * 100}%`,
        width: `calc(${100 / lanes}% - 0.25rem)`,
      }}
      {...handlers}
    >
      <span className={cx(styles.who)}>
        <span className={cx(styles.name)}>{entry.who}</span>
        {entry.status === 'checked_in' || entry.status === 'completed' ? <Icon as={Check} size={12} /> : null}
        {entry.status === 'no_show' ? <Icon as={UserX} size={12} /> : null}
        {mark === null ? null : (
          <span className={cx(styles.mark)} data-mark={entry.unsettled}>
            <Icon as={mark.icon} size={14} label={mark.word} />
          </span>
        )}
      </span>
      <span className={cx(styles.when)} data-figures>
        {minutes < 40 || lanes > 1 ? clock(clockWords(entry.start)) : clockSpan(clockWords(entry.start), clockWords(entry.end))}
        {status === null ? '' : `, ${status}`}
      </span>
      {entry.service === '' ? null : <span className={cx(styles.service)}>{entry.service}</span>}
    </button>
  );
}
