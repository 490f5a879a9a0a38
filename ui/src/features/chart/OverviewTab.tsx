import { type ReactNode, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';

import type { DiagnosisView } from '../../backend/generated/api';
import { dayNear } from '../../shared/format/near';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { EmptyState } from '../../shared/ui/EmptyState';
import { KeyValue } from '../../shared/ui/KeyValue';
import { Panel } from '../../shared/ui/Panel';
import { Timeline } from '../../shared/ui/Timeline';
import type { ChartEvent } from './history';
import styles from './OverviewTab.module.css';

interface OverviewTabProps {
  readonly events: readonly ChartEvent[];
  readonly today: string;
  readonly about: readonly { readonly key: string; readonly value: ReactNode }[];
  readonly diagnoses: readonly DiagnosisView[];
  /** The plan as last signed, or nothing where no note holds one. */
  readonly plan: ReactNode;
  readonly onNote: (noteId: string) => void;
}

/** A first look is answered by the last quarter of a year; the rest is one press away. */
const FIRST = 25;
const MORE = 100;

/** What a colleague on call would need in the first minute. */
export function OverviewTab({ events, today, about, diagnoses, plan, onNote }: OverviewTabProps) {
  const [shown, setShown] = useState(FIRST);
  const active = diagnoses.filter((diagnosis) => diagnosis.ended_on === null);
  return (
    <div className={cx(styles.overview)}>
      <div className={cx(styles.main)}>
        {plan}
        <Panel title="What happened">
          {events.length === 0 ? (
            <EmptyState title="Nothing yet">Sessions, notes and diagnoses appear here as they happen. Book the first session, or write the intake.</EmptyState>
          ) : (
            <Timeline
              label="What happened"
              entries={events.slice(0, shown).map((event) => ({
                id: event.id,
                when: dayNear(event.date, today),
                title:
                  event.noteId === null ? (
                    event.title
                  ) : (
                    <AriaButton className={cx(styles.link)} onPress={() => onNote(event.noteId ?? '')}>
                      {event.title}
                    </AriaButton>
                  ),
                ...(event.detail === '' ? {} : { detail: event.detail }),
                icon: event.icon,
                tone: event.tone,
              }))}
            />
          )}
          {events.length <= shown ? null : (
            <div>
              <Button small onPress={() => setShown(shown + MORE)}>
                {`Show earlier, ${(events.length - shown).toLocaleString()} more`}
              </Button>
            </div>
          )}
        </Panel>
      </div>
      <aside aria-label="At a glance" className={cx(styles.side)}>
        <Panel title="Diagnoses">
          {active.length === 0 ? (
            <p className={cx(styles.quiet)}>None on the chart.</p>
          ) : (
            <ul className={cx(styles.codes)}>
              {active.map((diagnosis) => (
                <li key={diagnosis.diagnosis_id} className={cx(styles.code)}>
                  <span className={cx(styles.number)}>{diagnosis.code}</span>
                  <span>
                    {diagnosis.description}
                    <span className={cx(styles.quiet)}> since {dayNear(diagnosis.noted_on, today)}</span>
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        <Panel title="At a glance">
          <KeyValue pairs={about} />
        </Panel>
      </aside>
    </div>
  );
}
