import type { ReactElement } from 'react';
import { Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components';

import { cx } from './cx';
import { Kbd } from './Kbd';
import styles from './Tooltip.module.css';

interface TooltipProps {
  readonly text: string;
  readonly keys?: string;
  readonly children: ReactElement;
}

/** Names what has no word of its own. Never the only place where something is said. */
export function Tooltip({ text, keys, children }: TooltipProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={80}>
      {children}
      <AriaTooltip offset={6} className={cx(styles.tooltip)}>
        {text}
        {keys === undefined ? null : <Kbd keys={keys} />}
      </AriaTooltip>
    </TooltipTrigger>
  );
}
