import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';

import { cx } from './cx';
import styles from './SplitPane.module.css';

interface SplitPaneProps {
  readonly main: ReactNode;
  readonly side: ReactNode;
  /** What the divider divides, `Note and last note`. */
  readonly label: string;
  /** Share of the width that the main part takes at first, 30 to 80 per cent. */
  readonly share?: number;
}

const LEAST = 30;
const MOST = 80;
const STEP = 2;

/** Two parts that are read against each other. The divider is dragged, or moved with the arrow keys. */
export function SplitPane({ main, side, label, share = 62 }: SplitPaneProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [percent, setPercent] = useState(share);
  const place = (next: number) => setPercent(Math.min(MOST, Math.max(LEAST, next)));

  const follow = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = frame.current?.getBoundingClientRect();
    if (box) place(((event.clientX - box.left) / box.width) * 100);
  };

  const step = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = event.key === 'ArrowLeft' ? -STEP : event.key === 'ArrowRight' ? STEP : 0;
    if (by === 0) return;
    event.preventDefault();
    place(percent + by);
  };

  return (
    <div ref={frame} className={cx(styles.split)} style={{ gridTemplateColumns: `${percent}fr 1px ${100 - percent}fr` }}>
      <div className={cx(styles.part)}>{main}</div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a focusable separator with a value is a widget (ARIA 1.2) */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label={label}
        aria-valuenow={Math.round(percent)}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- see above
        tabIndex={0}
        className={cx(styles.divider)}
        onKeyDown={step}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={follow}
        onDoubleClick={() => setPercent(share)}
      />
      <div className={cx(styles.part)}>{side}</div>
    </div>
  );
}
