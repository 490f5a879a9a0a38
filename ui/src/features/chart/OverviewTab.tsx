import type { ReactNode } from 'react';

import { cx } from '../../shared/ui/cx';
import { KeyValue } from '../../shared/ui/KeyValue';
import { Panel } from '../../shared/ui/Panel';
import { Timeline, type TimelineEntry } from '../../shared/ui/Timeline';
import styles from './OverviewTab.module.css';

interface OverviewTabProps {
  readonly events: readonly TimelineEntry[];
  readonly about: readonly { readonly key: string; readonly value: ReactNode }[];
  readonly diagnoses: readonly { readonly code: string; readonly name: string; readonly since: string }[];
  readonly lastPlan: { readonly words: string; readonly from: string } | null;
}

/** What a colleague on call would need in the first minute. */
export function OverviewTab({ events, about, diagnoses, lastPlan }: OverviewTabProps) {
  return (
    <div className={cx(styles.overview)}>
      <div className={cx(styles.main)}>
        {lastPlan === null ? null : (
          <Panel title="The plan, as last signed" aside={<span className={cx(styles.quiet)}>{lastPlan.from}</span>}>
            <p data-words className={cx(styles.plan)}>
              {lastPlan.words}
            </p>
          </Panel>
        )}
        <Panel title="What happened">
          <Timeline label="What happened" entries={events} />
        </Panel>
      </div>
      <aside aria-label="At a glance" className={cx(styles.side)}>
        <Panel title="Diagnoses">
          <ul className={cx(styles.codes)}>
            {diagnoses.map((diagnosis) => (
              <li key={diagnosis.code} className={cx(styles.code)}>
                <span className={cx(styles.number)}>{diagnosis.code}</span>
                <span>
                  {diagnosis.name}
                  <span className={cx(styles.quiet)}> since {diagnosis.since}</span>
                </span>
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title="At a glance">
          <KeyValue pairs={about} />
        </Panel>
      </aside>
    </div>
  );
}
