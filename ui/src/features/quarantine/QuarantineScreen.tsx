import { Check, Undo2 } from 'lucide-react';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Icon } from '../../shared/ui/Icon';
import { Panel } from '../../shared/ui/Panel';
import { Count } from '../../shared/ui/Pill';
import { RowList } from '../../shared/ui/RowList';
import type { DecidedWork, quarantineOf } from './model';
import styles from './Quarantine.module.css';

interface QuarantineScreenProps {
  readonly view: ReturnType<typeof quarantineOf>;
  readonly onLeave: () => void;
  readonly onOpen: (noteId: string, authorId: string) => void;
}

/** Work that came too late, before those who hold the charts: what waits, and what was decided. */
export function QuarantineScreen({ view, onLeave, onOpen }: QuarantineScreenProps) {
  const nothing = view.waiting.length === 0 && view.decided.length === 0 && view.own.length === 0;
  return (
    <div className={cx(styles.list)}>
      <header className={cx(styles.intro)}>
        <h1 className={cx(styles.page)}>Late work</h1>
        <p className={cx(styles.title)}>
          Notes that reached the practice when their author’s access to the chart had ended. Whoever holds the chart accepts them in the author’s name, or returns them. Every word is kept either way.
        </p>
      </header>
      {nothing ? (
        <EmptyState
          title="No late work"
          action={
            <Button tone="primary" autoFocus onPress={onLeave}>
              Back to Today
            </Button>
          }
        >
          When a device hands over notes after its user has left a case, they wait here for you. Nothing has to be done now.
        </EmptyState>
      ) : (
        <>
          <Panel title="Waits for a decision" aside={<Count of={view.waiting.length} tone={view.waiting.length === 0 ? 'neutral' : 'plum'} />}>
            <RowList
              label="Waits for a decision"
              rows={view.waiting}
              words={(row) => `${row.who}, ${row.what}, ${row.from}`}
              onOpen={(row) => onOpen(row.noteId, row.authorId)}
              rowPx={58}
              empty={<p className={cx(styles.none)}>Nothing waits.</p>}
              draw={(row) => (
                <div className={cx(styles.row)}>
                  <span className={cx(styles.who)}>{row.who}</span>
                  <span className={cx(styles.what)}>{row.what}</span>
                  <span className={cx(styles.from)}>{row.from}</span>
                  <span className={cx(styles.second)}>
                    {row.sections}, {row.written}
                  </span>
                </div>
              )}
            />
          </Panel>
          {view.decided.length === 0 ? null : (
            <Panel title="Decided">
              <Decided label="Decided" rows={view.decided} onOpen={onOpen} />
            </Panel>
          )}
          {view.own.length === 0 ? null : (
            <Panel title="Your own">
              <Decided label="Your own" rows={view.own} onOpen={onOpen} />
            </Panel>
          )}
        </>
      )}
    </div>
  );
}

const RULING = { accepted: { icon: Check, word: 'Accepted' }, returned: { icon: Undo2, word: 'Returned' } } as const;

function Decided({ label, rows, onOpen }: { readonly label: string; readonly rows: readonly DecidedWork[]; readonly onOpen: (noteId: string, authorId: string) => void }) {
  return (
    <RowList
      label={label}
      rows={rows}
      words={(row) => `${row.who}, ${row.what}, ${RULING[row.ruling].word}`}
      onOpen={(row) => {
        if (row.noteId !== null && row.authorId !== null) onOpen(row.noteId, row.authorId);
      }}
      draw={(row) => (
        <div className={cx(styles.row)}>
          <span className={cx(styles.who)}>{row.who}</span>
          <span className={cx(styles.what)}>{row.what}</span>
          <span className={cx(styles.from)} data-ruling={row.ruling}>
            <Icon as={RULING[row.ruling].icon} size={14} />
            {RULING[row.ruling].word}
          </span>
          <span className={cx(styles.second)}>
            {row.by}
            {row.reason === '' ? '' : `: ${row.reason}`}
          </span>
        </div>
      )}
    />
  );
}
