import { useNavigate } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, CloudOff } from 'lucide-react';
import { useState } from 'react';

import type { StatusView } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { momentWithin } from '../../shared/format/near';
import { Banner } from '../../shared/ui/Banner';
import { cx } from '../../shared/ui/cx';
import { Loaded } from '../../shared/ui/Loaded';
import { SyncPill } from '../../shared/ui/Pill';
import { Skeleton } from '../../shared/ui/Skeleton';
import { Activity, type ActivityTab } from './Activity';
import styles from './Activity.module.css';
import { Devices } from './Devices';
import { ExportDialog } from './ExportDialog';
import { Log } from './Log';
import { exported, type Opens } from './model';
import { useJournal } from './useJournal';

interface ActivityPageProps {
  /** The tab in the address; the page decides what an unknown one means. */
  readonly tab: string | null;
}

export function ActivityPage({ tab: asked }: ActivityPageProps) {
  const navigate = useNavigate();
  const tab: ActivityTab = asked === 'devices' ? 'devices' : 'log';
  const who = useCall('whoami', {});
  const status = useCall('status', { all_notes: false });
  const { journal, looking } = useJournal();
  const sync = useChange('sync');
  const [exports, setExports] = useState(false);
  const today = who.data?.today ?? '';

  const open = ({ is, id }: Opens) => {
    if (is === 'chart') void navigate({ to: '/chart/$clientId', params: { clientId: id } });
    else void navigate({ to: is === 'conflict' ? '/conflict/$noteId' : '/note/$noteId', params: { noteId: id } });
  };

  return (
    <>
      <Activity
        tab={tab}
        onTab={(next) => void navigate({ to: '/activity', search: next === 'log' ? {} : { tab: next }, replace: true })}
        lastSync={status.data === undefined || today === '' ? '' : heard(status.data, today)}
        figures={status.data === undefined ? [] : figures(status.data)}
        isSyncing={sync.isPending || (status.data?.is_syncing ?? false)}
        onSync={() => sync.mutate({}, { onSuccess: () => void journal.refetch() })}
        onExport={journal.data === undefined || status.data === undefined ? null : () => setExports(true)}
        banner={
          <div className={cx(styles.banner)}>
            {sync.error !== null ? (
              <Banner tone="brick" icon={CircleAlert}>
                {sync.error.message}
              </Banner>
            ) : status.data?.message != null ? (
              <Banner tone="neutral" icon={status.data.is_online ? CircleAlert : CloudOff}>
                {status.data.message}
              </Banner>
            ) : sync.data !== undefined ? (
              <Banner tone="moss" icon={CircleCheck}>
                {report(sync.data.pushed, sync.data.rows, sync.data.complete)}
              </Banner>
            ) : null}
          </div>
        }
      >
        {today === '' ? (
          <Skeleton rows={10} label="Opening the sync log" />
        ) : tab === 'devices' ? (
          <Devices today={today} />
        ) : (
          <Loaded answer={journal} what="the sync log" rows={10}>
            {(read) => (
              <Log
                journal={read}
                needs={status.data}
                today={today}
                isLooking={looking.isPending}
                refusal={looking.error?.message ?? null}
                onLookBack={(isEnough) => looking.mutate(isEnough)}
                onOpen={open}
              />
            )}
          </Loaded>
        )}
      </Activity>
      {exports && journal.data !== undefined && status.data !== undefined ? <ExportDialog text={exported(journal.data.entries, status.data)} onClose={() => setExports(false)} /> : null}
    </>
  );
}

function heard(status: StatusView, today: string): string {
  return status.last_sync_civil === null ? 'This device has not synced yet' : `Last synced ${momentWithin(status.last_sync_civil, today)}`;
}

function figures(status: StatusView) {
  const failed = Object.values(status.notes).filter((word) => word === 'failed').length;
  return [
    { id: 'waiting', number: status.outbox.toLocaleString(), word: <SyncPill state={status.is_online ? 'waiting' : 'saved'} /> },
    { id: 'failed', number: failed.toLocaleString(), word: <SyncPill state="failed" /> },
    { id: 'review', number: status.needs_review.toLocaleString(), word: <SyncPill state="review" /> },
    {
      id: 'parts',
      number: `${status.buckets_ready.toLocaleString()} of ${status.buckets.toLocaleString()}`,
      word: <span className={cx(styles.quiet)}>parts of your caseload are here and checked</span>,
    },
  ];
}

function report(pushed: number, rows: number, isComplete: boolean): string {
  const sent = pushed === 0 ? 'Nothing was waiting to go out' : `${pushed.toLocaleString()} ${pushed === 1 ? 'change' : 'changes'} sent`;
  const came = rows === 0 ? 'nothing new came in' : `${rows.toLocaleString()} ${rows === 1 ? 'record' : 'records'} received`;
  return `${sent}, ${came}. ${isComplete ? 'Everything is done.' : 'There is more to fetch; it goes on by itself.'}`;
}
