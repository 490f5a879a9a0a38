import { CalendarPlus, FilePlus2, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

import { Avatar } from '../../shared/ui/Avatar';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Pill, SyncPill } from '../../shared/ui/Pill';
import { Tabs } from '../../shared/ui/Tabs';
import type { SyncState } from '../../shared/ui/sync';
import styles from './Chart.module.css';

export type ChartTab = 'overview' | 'notes' | 'diagnoses' | 'appointments' | 'details';

export interface ChartHead {
  readonly name: string;
  /** Legal name, pronouns, age and date of birth, chart number. */
  readonly facts: readonly string[];
  readonly alerts: readonly string[];
  readonly status: string;
  readonly sync: SyncState;
}

interface ChartProps {
  readonly head: ChartHead;
  readonly tab: ChartTab;
  readonly onTab: (tab: ChartTab) => void;
  readonly counts: { readonly notes: number; readonly diagnoses: number; readonly appointments: number };
  readonly panels: Readonly<Record<ChartTab, ReactNode>>;
  readonly onBook: () => void;
  readonly onWrite: () => void;
}

/** One person's record. Who it is, and what must not be missed, stays in sight on every tab. */
export function Chart({ head, tab, onTab, counts, panels, onBook, onWrite }: ChartProps) {
  return (
    <div className={cx(styles.chart)}>
      <header className={cx(styles.head)}>
        <Avatar name={head.name} size="large" />
        <div className={cx(styles.names)}>
          <h1 className={cx(styles.name)}>
            {head.name}
            <span className={cx(styles.status)}>{head.status}</span>
            {head.sync === 'synced' ? null : <SyncPill state={head.sync} />}
          </h1>
          <p className={cx(styles.facts)}>
            {head.facts.map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
          </p>
        </div>
        <div className={cx(styles.alerts)}>
          {head.alerts.map((alert) => (
            <Pill key={alert} tone="ochre" icon={TriangleAlert}>
              {alert}
            </Pill>
          ))}
        </div>
        <Button icon={CalendarPlus} onPress={onBook}>
          Book
        </Button>
        <Button tone="primary" icon={FilePlus2} onPress={onWrite}>
          Write note
        </Button>
      </header>
      <div className={cx(styles.tabs)}>
        <Tabs
          label={`Chart of ${head.name}`}
          value={tab}
          onChange={onTab}
          tabs={[
            { id: 'overview', word: 'Overview', body: panels.overview },
            { id: 'notes', word: 'Notes', count: counts.notes, body: panels.notes },
            { id: 'diagnoses', word: 'Diagnoses', count: counts.diagnoses, body: panels.diagnoses },
            { id: 'appointments', word: 'Appointments', count: counts.appointments, body: panels.appointments },
            { id: 'details', word: 'Details', body: panels.details },
          ]}
        />
      </div>
    </div>
  );
}
