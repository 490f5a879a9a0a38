import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { call } from '../backend/call';
import { hear } from '../backend/events';
import { markLocked } from '../backend/follow';
import type { StatusView } from '../backend/generated/api';
import { useCall, useChange } from '../backend/query';
import { useWallClock } from '../features/calendar/useWallClock';
import { flushAll } from '../features/notes/Autosave';
import { SignIn } from '../features/unlock/SignIn';
import { ToastRegion } from '../shared/ui/ToastRegion';
import { zoomStep, zoomWithin } from './appearance';
import { type Deed, useHotkeys } from './hotkeys';
import { useIdle } from './idle';
import { KeysDialog } from './KeysDialog';
import { Palette } from './Palette';
import { sectionOf } from './sections';
import { Shell } from './Shell';
import { arriving, offlineNotice, syncSummary } from './status';

const MINUTE_MS = 60_000;

/** Before the first answer: nothing is known yet, and nothing alarming is said. */
const UNKNOWN: StatusView = {
  state: 'synced',
  is_online: true,
  is_syncing: false,
  outbox: 0,
  oldest_pending: null,
  last_sync: null,
  last_sync_civil: null,
  message: null,
  notes: {},
  needs_review: 0,
  buckets_ready: 0,
  buckets: 0,
  sign_in_needed: false,
  alarm: false,
};

/** The desk of somebody who is in: the shell, the keys, the lock, and the screen of the address. */
export function OpenDesk() {
  const client = useQueryClient();
  const router = useRouter();
  const at = useLocation({ select: (location) => location.pathname });
  const who = useCall('whoami', {});
  const status = useCall('status', { all_notes: false }).data ?? UNKNOWN;
  const settings = useCall('settings', {});
  const save = useChange('settings_save');
  const now = useNow();
  const today = useWallClock()?.date ?? (status.last_sync_civil ?? '').slice(0, 10);
  const [open, setOpen] = useState<'find' | 'keys' | 'sign-in' | null>(null);

  const lock = async () => {
    // What cannot be saved stays in memory and is sent after the unlock; the screen goes either way.
    await flushAll();
    try {
      await call('lock', {});
    } finally {
      markLocked(client);
    }
  };
  const zoom = (direction: -1 | 0 | 1) => {
    if (settings.data) save.mutate({ ...settings.data, zoom: zoomStep(zoomWithin(settings.data.zoom), direction) });
  };
  const act = (deed: Deed) => {
    switch (deed) {
      case 'find':
      case 'keys':
        setOpen(deed);
        break;
      case 'new-client':
        void router.navigate({ to: '/caseload', search: { create: true } });
        break;
      case 'lock':
        void lock();
        break;
      case 'back':
        router.history.back();
        break;
      case 'larger':
        zoom(1);
        break;
      case 'smaller':
        zoom(-1);
        break;
      case 'size':
        zoom(0);
        break;
      default:
        void router.navigate({ to: deed });
    }
  };
  useHotkeys(act);
  const lockNow = useRef(lock);
  useEffect(() => {
    lockNow.current = lock;
  });
  useEffect(() => hear('backend://locking', () => void lockNow.current()), []);
  useIdle(who.data?.idle_lock_minutes ?? 0, () => void lock());
  useEffect(() => {
    // The window goes to the back or is closed: nothing waits for the pause.
    const onHide = () => {
      if (document.visibilityState === 'hidden') void flushAll();
    };
    document.addEventListener('visibilitychange', onHide);
    window.addEventListener('pagehide', onHide);
    return () => {
      document.removeEventListener('visibilitychange', onHide);
      window.removeEventListener('pagehide', onHide);
    };
  }, []);

  return (
    <>
      <Shell
        at={sectionOf(at)}
        onGo={act}
        onFind={() => setOpen('find')}
        onLock={() => void lock()}
        person={{ name: who.data?.display_name ?? '', practice: who.data?.practice_name ?? '' }}
        sync={syncSummary(status, now, today)}
        arriving={arriving(status)}
        offline={offlineNotice(status, now)}
        message={(status.is_online || status.alarm) && !status.sign_in_needed ? status.message : null}
        onSignIn={status.sign_in_needed ? () => setOpen('sign-in') : null}
      >
        <Outlet />
      </Shell>
      {open === 'find' ? <Palette onClose={() => setOpen(null)} onDeed={act} /> : null}
      {open === 'keys' ? <KeysDialog onClose={() => setOpen(null)} /> : null}
      {open === 'sign-in' ? <SignIn onClose={() => setOpen(null)} /> : null}
      <ToastRegion />
    </>
  );
}

/** The time to the minute, for ages in words. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}
