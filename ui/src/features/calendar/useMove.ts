import { type KeyboardEvent, type PointerEvent, type RefObject, useRef, useState } from 'react';

import { type CalendarEntry, moved, type Slot, snap, STEP_MIN } from './model';

interface Grip {
  readonly entry: CalendarEntry;
  readonly fromX: number;
  readonly fromY: number;
  readonly dayPx: number;
  readonly pointer: number;
}

interface Held {
  readonly id: string;
  readonly slot: Slot;
  readonly by: 'pointer' | 'keys';
}

interface MoveHandlers {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerCancel: () => void;
  readonly onClick: () => void;
  readonly onKeyUp: (event: KeyboardEvent<HTMLElement>) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  readonly onBlur: () => void;
}

interface Move {
  readonly held: Held | null;
  readonly handlers: (entry: CalendarEntry) => MoveHandlers;
}

/** Pointer travel below which a press is a click, in CSS pixels. */
const SLACK_PX = 4;

const STEPS: Readonly<Record<string, { readonly minutes: number; readonly days: number }>> = {
  ArrowUp: { minutes: -STEP_MIN, days: 0 },
  ArrowDown: { minutes: STEP_MIN, days: 0 },
  ArrowLeft: { minutes: 0, days: -1 },
  ArrowRight: { minutes: 0, days: 1 },
};

/**
 * Moving an entry with the pointer or with the keys: both end in the same `onMove`. With the keys, Space takes
 * an entry up, arrows carry it, Enter or Space puts it down, Esc puts it back. HTML drag and drop is not used:
 * the window needs it for dropped files.
 */
export function useMove(
  columns: RefObject<HTMLElement | null>,
  dates: readonly string[],
  minutePx: () => number,
  onMove: (entry: CalendarEntry, to: Slot) => void,
  onOpen: (entry: CalendarEntry) => void,
): Move {
  const grip = useRef<Grip | null>(null);
  // The click that ends a drag is not meant as one.
  const wasCarried = useRef(false);
  const [held, setHeld] = useState<Held | null>(null);

  const put = (entry: CalendarEntry, slot: Slot) => {
    setHeld(null);
    if (slot.date !== entry.date || slot.start !== entry.start) onMove(entry, slot);
  };

  const handlers = (entry: CalendarEntry): MoveHandlers => ({
    onPointerDown(event) {
      wasCarried.current = false;
      if (!entry.isMovable || event.button !== 0) return;
      const width = columns.current?.getBoundingClientRect().width ?? 1;
      grip.current = { entry, fromX: event.clientX, fromY: event.clientY, dayPx: width / dates.length, pointer: event.pointerId };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove(event) {
      const hold = grip.current;
      if (!hold || hold.pointer !== event.pointerId) return;
      const x = event.clientX - hold.fromX;
      const y = event.clientY - hold.fromY;
      if (held === null && Math.hypot(x, y) < SLACK_PX) return;
      const index = dates.indexOf(entry.date);
      const days = Math.min(dates.length - 1 - index, Math.max(-index, Math.round(x / hold.dayPx)));
      setHeld({ id: entry.id, slot: moved(entry, snap(entry.start + y / minutePx()) - entry.start, days), by: 'pointer' });
    },
    onPointerUp() {
      grip.current = null;
      if (held?.id !== entry.id || held.by !== 'pointer') return;
      wasCarried.current = true;
      put(entry, held.slot);
    },
    onPointerCancel() {
      grip.current = null;
      setHeld(null);
    },
    // Also what a screen reader or a touch sends; the keys are heard below, before they become clicks.
    onClick() {
      if (!wasCarried.current) onOpen(entry);
      wasCarried.current = false;
    },
    onKeyUp(event) {
      if (event.key === ' ' && entry.isMovable) event.preventDefault();
    },
    onKeyDown(event) {
      const carried = held?.id === entry.id ? held.slot : null;
      if (event.key === ' ' && entry.isMovable) {
        event.preventDefault();
        if (carried) put(entry, carried);
        else setHeld({ id: entry.id, slot: entry, by: 'keys' });
      } else if (event.key === 'Enter') {
        event.preventDefault();
        if (carried) put(entry, carried);
        else onOpen(entry);
      } else if (event.key === 'Escape' && carried) {
        event.preventDefault();
        event.stopPropagation();
        grip.current = null;
        setHeld(null);
      } else if (carried) {
        const step = STEPS[event.key];
        if (!step) return;
        event.preventDefault();
        const next = moved(carried, step.minutes, step.days);
        if (dates.includes(next.date)) setHeld({ id: entry.id, slot: next, by: 'keys' });
      }
    },
    onBlur() {
      if (held?.by === 'keys') setHeld(null);
    },
  });

  return { held, handlers };
}
