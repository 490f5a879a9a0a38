import { Check, Copy, UserPlus } from 'lucide-react';
import { useState } from 'react';

import type { ImportReport } from '../../backend/generated/api';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { EmptyState } from '../../shared/ui/EmptyState';
import { TextArea } from '../../shared/ui/TextArea';
import styles from './Import.module.css';
import { ImportRows } from './ImportRows';
import { leftOut } from './model';

interface OutcomeProps {
  readonly csv: string;
  readonly report: ImportReport;
  readonly onOpen: (clientId: string) => void;
  readonly onMore: () => void;
  readonly onLeave: () => void;
}

/** What was brought in, and what was not, in a form that can be corrected and brought in again. */
export function Outcome({ csv, report, onOpen, onMore, onLeave }: OutcomeProps) {
  const [shows, setShows] = useState(false);
  const count = report.created.toLocaleString();
  return (
    <div className={cx(styles.page)}>
      <header className={cx(styles.head)}>
        <h1 className={cx(styles.title)} role="status">
          {report.created === 1 ? '1 record begun' : `${count} records begun`}
        </h1>
        <span className={cx(styles.quiet)}>Saved on this device; they go out with the next sync.</span>
        <span className={cx(styles.space)} />
        {report.skipped.length === 0 ? null : (
          <Button icon={Copy} onPress={() => setShows(!shows)}>
            {shows ? 'Show why' : 'Show as text to correct'}
          </Button>
        )}
        <Button icon={UserPlus} onPress={onMore}>
          Bring in another list
        </Button>
        <Button tone="primary" icon={Check} autoFocus onPress={onLeave}>
          Open the caseload
        </Button>
      </header>
      {report.skipped.length === 0 ? (
        <EmptyState title="Nothing was left out">Every row of the file became a record.</EmptyState>
      ) : (
        <section aria-label="Left out" className={cx(styles.rows)}>
          <div className={cx(styles.tally)}>
            <h2 className={cx(styles.heading)}>{report.skipped.length === 1 ? '1 row was left out' : `${report.skipped.length.toLocaleString()} rows were left out`}</h2>
          </div>
          {shows ? (
            <div className={cx(styles.choose)}>
              <TextArea
                label="The rows that were left out"
                hint="Select all and copy into a spreadsheet, correct them there, and bring them in again."
                rows={14}
                value={leftOut(report.skipped, csv)}
                isReadOnly
                autoFocus
                onFocus={({ target }) => {
                  if (target instanceof HTMLTextAreaElement) target.select();
                }}
              />
            </div>
          ) : (
            <div className={cx(styles.table)}>
              <ImportRows rows={report.skipped} mapping={{}} onOpen={onOpen} empty={null} />
            </div>
          )}
        </section>
      )}
    </div>
  );
}
