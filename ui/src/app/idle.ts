import { useEffect, useRef } from 'react';

const SIGNS_OF_LIFE = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'compositionupdate'] as const;
const LOOK_MS = 1_000;

/** The time a machine slept counts as idle too, so the wall clock is asked; a clock set back counts as no time. */
export function isIdle(lastSign: number, now: number, minutes: number): boolean {
  return now - lastSign >= minutes * 60_000;
}

/** Calls `onIdle` once nobody has touched anything for so many minutes. 0 minutes is never. */
export function useIdle(minutes: number, onIdle: () => void): void {
  const act = useRef(onIdle);
  useEffect(() => {
    act.current = onIdle;
  }, [onIdle]);
  useEffect(() => {
    if (minutes <= 0) return;
    let last = Date.now();
    const sign = () => {
      // A machine that wakes up gets its first sign of life before the first look: the sleep counts all the same.
      if (!isIdle(last, Date.now(), minutes)) last = Date.now();
    };
    const look = () => {
      if (!isIdle(last, Date.now(), minutes)) return;
      last = Date.now();
      act.current();
    };
    for (const kind of SIGNS_OF_LIFE) window.addEventListener(kind, sign, { capture: true, passive: true });
    const timer = window.setInterval(look, LOOK_MS);
    return () => {
      for (const kind of SIGNS_OF_LIFE) window.removeEventListener(kind, sign, { capture: true });
      window.clearInterval(timer);
    };
  }, [minutes]);
}
