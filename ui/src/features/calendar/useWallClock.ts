import { useEffect, useState } from 'react';

import { useCall } from '../../backend/query';
import { clockAfter } from './model';

/** How often the line of now moves. */
const TICK_MS = 15_000;

/**
 * The practice's wall clock, going on from where the application last read it. The machine's own zone is never
 * asked; only how much time has passed since the answer.
 */
export function useWallClock(): { readonly date: string; readonly minutes: number } | null {
  const who = useCall('whoami', {}, { asksAnew: true });
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return who.data === undefined ? null : clockAfter(who.data.today, who.data.clock, now - who.dataUpdatedAt);
}
