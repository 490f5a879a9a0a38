import { FileUp, ListFilter, UserPlus } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { SearchBox } from '../../shared/ui/TextField';
import { Checkbox } from '../../shared/ui/Toggles';
import styles from './Caseload.module.css';

interface CaseloadProps {
  /** How many are shown of how many; `null` while they are being read. */
  readonly counts: { readonly shown: number; readonly total: number } | null;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly showsInactive: boolean;
  readonly onShowInactive: (shows: boolean) => void;
  /** Enter in the filter: the best match. */
  readonly onFirst: () => void;
  readonly onCreate: (() => void) | null;
  readonly onImport: (() => void) | null;
  /** The table, or what stands in its place. */
  readonly children: ReactNode;
}

/** Everybody whose chart this device may hold. */
export function Caseload(props: CaseloadProps) {
  const { counts, query, onQuery, showsInactive, onShowInactive, onFirst, onCreate, onImport, children } = props;
  const table = useRef<HTMLDivElement>(null);

  const fromFilter = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && query.trim() !== '') {
      event.preventDefault();
      onFirst();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      table.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();
    }
  };

  return (
    <div className={cx(styles.caseload)}>
      <header className={cx(styles.head)}>
        <h1 className={cx(styles.title)}>Caseload</h1>
        <span role="status" className={cx(styles.count)} data-figures>
          {counts === null ? '' : counts.shown === counts.total ? counts.total.toLocaleString() : `${counts.shown.toLocaleString()} of ${counts.total.toLocaleString()}`}
        </span>
        <Checkbox isSelected={showsInactive} onChange={onShowInactive}>
          Inactive too
        </Checkbox>
        {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- hears Enter and Down from the filter inside */}
        <div className={cx(styles.filter)} onKeyDownCapture={fromFilter}>
          <SearchBox label="Find in the caseload" placeholder="Name, chart number or birth date" value={query} onChange={onQuery} icon={ListFilter} autoFocus />
        </div>
        {onImport === null ? null : (
          <Button icon={FileUp} onPress={onImport}>
            Import
          </Button>
        )}
        {onCreate === null ? null : (
          <Button tone="primary" icon={UserPlus} onPress={onCreate}>
            New client
          </Button>
        )}
      </header>
      <div ref={table} className={cx(styles.table)}>
        {children}
      </div>
    </div>
  );
}
