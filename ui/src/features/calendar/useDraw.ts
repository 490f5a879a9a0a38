import { type PointerEvent, useRef, useState } from 'react';

import { drawn, type Slot } from './model';

interface Stroke {
  readonly column: string;
  readonly date: string;
  readonly from: number;
  readonly pointer: number;
}

interface Draw {
  /** What is being drawn, and in which column. */
  readonly ghost: { readonly column: string; readonly slot: Slot } | null;
  readonly handlers: (column: string, date: string) => {
    readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerCancel: () => void;
  };
}

/** Drawing an appointment on empty time. *Book* does the same without a pointer. */
export function useDraw(minutePx: () => number, usualMin: number, onDrawn: (column: string, slot: Slot) => void): Draw {
  const stroke = useRef<Stroke | null>(null);
  const [ghost, setGhost] = useState<Draw['ghost']>(null);

  const minuteAt = (event: PointerEvent<HTMLElement>) => (event.clientY - event.currentTarget.getBoundingClientRect().top) / minutePx();

  const handlers: Draw['handlers'] = (column, date) => ({
    onPointerDown(event) {
      if (event.target !== event.currentTarget || event.button !== 0) return;
      stroke.current = { column, date, from: minuteAt(event), pointer: event.pointerId };
      event.currentTarget.setPointerCapture(event.pointerId);
      setGhost({ column, slot: drawn(date, minuteAt(event), minuteAt(event), usualMin) });
    },
    onPointerMove(event) {
      const hold = stroke.current;
      if (hold?.pointer !== event.pointerId) return;
      setGhost({ column, slot: drawn(date, hold.from, minuteAt(event), usualMin) });
    },
    onPointerUp(event) {
      const hold = stroke.current;
      stroke.current = null;
      setGhost(null);
      if (hold?.pointer === event.pointerId) onDrawn(column, drawn(date, hold.from, minuteAt(event), usualMin));
    },
    onPointerCancel() {
      stroke.current = null;
      setGhost(null);
    },
  });

  return { ghost, handlers };
}
