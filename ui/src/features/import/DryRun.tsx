import { ArrowLeft, CircleAlert } from 'lucide-react';
import { useMemo, useState } from 'react';

import type { ImportPreview, ImportRow } from '../../backend/generated/api';
import { Banner } from '../../shared/ui/Banner';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Segmented } from '../../shared/ui/Segmented';
import { Select } from '../../shared/ui/Select';
import styles from './Import.module.css';
import { ImportRows } from './ImportRows';
import { mapped, mappingProblem, type RowState, stateOf, tallyRows, TARGETS } from './model';

interface DryRunProps {
  readonly preview: ImportPreview;
  /** Those who are brought in become the user's own caseload. */
  readonly isYours: boolean;
  readonly isBusy: boolean;
  readonly refusal: string | null;
  readonly onMap: (mapping: { [key: string]: string }) => void;
  readonly onBack: () => void;
  readonly onOpen: (clientId: string) => void;
  readonly onRun: () => void;
}

type Filter = 'all' | RowState;

const many = (count: number) => `${count.toLocaleString()} ${count === 1 ? 'client' : 'clients'}`;

/** What would become of every row, with the columns where they can be put right. */
export function DryRun({ preview, isYours, isBusy, refusal, onMap, onBack, onOpen, onRun }: DryRunProps) {
  const [filter, setFilter] = useState<Filter>('all');
  const counts = useMemo(() => tallyRows(preview.rows), [preview.rows]);
  const rows = useMemo<readonly ImportRow[]>(() => (filter === 'all' ? preview.rows : preview.rows.filter((row) => stateOf(row) === filter)), [preview.rows, filter]);
  const problem = mappingProblem(preview.mapping);
  return (
    <div className={cx(styles.page)}>
      <header className={cx(styles.head)}>
        <IconButton icon={ArrowLeft} label="Back to the file" onPress={onBack} />
        <h1 className={cx(styles.title)}>Look before it is kept</h1>
        <span className={cx(styles.space)} />
        <Button tone="primary" isDisabled={isBusy || counts.ready === 0 || problem !== null} onPress={onRun}>
          {isBusy ? 'One moment' : counts.ready === 0 ? 'Nothing to bring in' : `Bring in ${many(counts.ready)}`}
        </Button>
      </header>
      <div className={cx(styles.look)}>
        <section aria-label="Columns" className={cx(styles.columns)}>
          <h2 className={cx(styles.heading)}>Columns</h2>
          <p className={cx(styles.quiet)}>What each column of the file becomes.</p>
          {preview.columns.map((column, place) => (
            <Select
              // Two columns may bear one heading.
              key={`${place} ${column}`}
              label={column === '' ? 'Column without a heading' : column}
              choices={TARGETS}
              value={preview.mapping[column] ?? ''}
              onChange={(target) => onMap(mapped(preview.mapping, column, target))}
              isDisabled={isBusy}
            />
          ))}
        </section>
        <section aria-label="Rows" className={cx(styles.rows)}>
          {problem === null && refusal === null ? null : (
            <div className={cx(styles.notice)}>
              <Banner tone="brick" icon={CircleAlert}>
                {refusal ?? problem}
              </Banner>
            </div>
          )}
          <div className={cx(styles.tally)}>
            <Segmented<Filter>
              label="Show"
              value={filter}
              onChange={setFilter}
              choices={[
                { id: 'all', word: `All ${preview.rows.length.toLocaleString()}` },
                { id: 'ready', word: `Ready ${counts.ready.toLocaleString()}` },
                { id: 'faulty', word: `To correct ${counts.faulty.toLocaleString()}` },
                { id: 'duplicate', word: `Here already ${counts.duplicate.toLocaleString()}` },
              ]}
            />
            <span className={cx(styles.quiet)}>{isYours ? 'They become your clients.' : 'They wait for a clinician to be put on each case.'} Rows to correct and people who are here already are left out.</span>
          </div>
          <div className={cx(styles.table)}>
            <ImportRows
              rows={rows}
              mapping={preview.mapping}
              onOpen={onOpen}
              empty={
                preview.rows.length === 0 ? (
                  <EmptyState title="No rows">There is a heading line and nothing below it. Go back and choose the whole list.</EmptyState>
                ) : (
                  <EmptyState title="None of this kind">{filter === 'ready' ? 'Nothing can be brought in as it is. Look at what is to correct.' : 'That is good news.'}</EmptyState>
                )
              }
            />
          </div>
        </section>
      </div>
    </div>
  );
}
