import { CalendarPlus, ChevronRight, Ellipsis, GitMerge, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';

import { Avatar } from '../../shared/ui/Avatar';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { Menu } from '../../shared/ui/Menu';
import { SyncPill } from '../../shared/ui/Pill';
import { Tabs } from '../../shared/ui/Tabs';
import styles from './Chart.module.css';
import type { ChartHead, ChartTab } from './head';
import { WriteMenu, type WriteMenuProps } from './WriteMenu';

interface ChartProps {
  readonly head: ChartHead;
  readonly tab: ChartTab;
  /** Shows a tab, and of the notes a certain one. */
  readonly onTab: (tab: ChartTab, noteId?: string) => void;
  readonly counts: { readonly notes: number; readonly diagnoses: number; readonly appointments: number };
  /** Only the chosen one is drawn. */
  readonly panel: (tab: ChartTab) => ReactNode;
  /** What stands over all tabs while it is true: merged, not wholly here. */
  readonly banners: ReactNode;
  readonly write: WriteMenuProps | null;
  readonly onBook: (() => void) | null;
  readonly onMerge: (() => void) | null;
}

/** One person's record. Who it is, and what must not be missed, stays in sight on every tab. */
export function Chart({ head, tab, onTab, counts, panel, banners, write, onBook, onMerge }: ChartProps) {
  return (
    <div className={cx(styles.chart)}>
      <header className={cx(styles.head)}>
        <Avatar name={head.name} size="large" />
        <div className={cx(styles.names)}>
          <div className={cx(styles.line)}>
            <h1 className={cx(styles.name)}>{head.name}</h1>
            {head.status === '' ? null : <span className={cx(styles.status)}>{head.status}</span>}
            {head.sync === 'synced' ? null : <SyncPill state={head.sync} />}
          </div>
          <p className={cx(styles.facts)}>
            {head.facts.map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
            <span className={cx(styles.fresh)}>{head.asOf}</span>
          </p>
        </div>
        {head.alerts.length === 0 ? null : (
          <ul aria-label="Not to be missed" className={cx(styles.alerts)}>
            {head.alerts.map((alert) => (
              <li key={alert.id}>
                <AriaButton className={cx(styles.alert)} data-tone={alert.tone} onPress={() => onTab(alert.tab, alert.noteId)}>
                  <Icon as={alert.tone === 'plum' ? GitMerge : TriangleAlert} size={14} />
                  {alert.words}
                  <Icon as={ChevronRight} size={12} />
                </AriaButton>
              </li>
            ))}
          </ul>
        )}
        {onBook === null ? null : (
          <Button icon={CalendarPlus} onPress={onBook}>
            Book
          </Button>
        )}
        {write === null ? null : <WriteMenu {...write} />}
        {onMerge === null ? null : (
          <Menu
            trigger={<IconButton icon={Ellipsis} label="More for this record" />}
            groups={[{ id: 'record', heading: 'This record', entries: [{ id: 'merge', word: 'Fold together with a duplicate…', icon: GitMerge, onAction: onMerge }] }]}
          />
        )}
      </header>
      {banners}
      <div className={cx(styles.tabs)}>
        <Tabs<ChartTab>
          label={`Chart of ${head.name}`}
          value={tab}
          onChange={(next) => onTab(next)}
          tabs={[
            { id: 'overview', word: 'Overview', body: tab === 'overview' ? panel('overview') : null },
            { id: 'notes', word: 'Notes', count: counts.notes, body: tab === 'notes' ? panel('notes') : null },
            { id: 'appointments', word: 'Appointments', count: counts.appointments, body: tab === 'appointments' ? panel('appointments') : null },
            { id: 'diagnoses', word: 'Diagnoses', count: counts.diagnoses, body: tab === 'diagnoses' ? panel('diagnoses') : null },
            { id: 'details', word: 'Details', body: tab === 'details' ? panel('details') : null },
            { id: 'team', word: 'Care team', body: tab === 'team' ? panel('team') : null },
          ]}
        />
      </div>
    </div>
  );
}

