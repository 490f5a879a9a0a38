import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';

import type { NoteView, RevisionView } from '../../backend/generated/api';
import { useCall } from '../../backend/query';
import { clock } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { Loaded } from '../../shared/ui/Loaded';
import { useScale } from '../../shared/ui/scale';
import beside from './Beside.module.css';
import styles from './History.module.css';
import { listed, partsOf, type Sitting, sittings } from './sittings';

interface HistoryProps {
  readonly note: NoteView;
  readonly onRestore: (revision: RevisionView) => void;
}

/** Every text that was replaced, or came in beside it: by sitting, folded until somebody wants to read one. */
export function History({ note, onRestore }: HistoryProps) {
  const history = useCall('note_history', { note_id: note.row.note_id });
  return (
    <Loaded answer={history} what="the history">
      {({ revisions }) => {
        const groups = sittings(revisions);
        if (groups.length === 0) return <p className={cx(beside.none)}>Nothing was replaced so far. Every later change of a word keeps the one before here.</p>;
        return <Lines groups={groups} note={note} onRestore={onRestore} />;
      }}
    </Loaded>
  );
}

type Line = { readonly id: string; readonly sitting: Sitting } | { readonly id: string; readonly kept: RevisionView };

const HEAD_PX = 40;
const LINE_PX = 32;

/** Only the lines in sight exist: a note that was long in the making has thousands. */
function Lines({ groups, note, onRestore }: HistoryProps & { readonly groups: readonly Sitting[] }) {
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const scale = useScale();
  const lines: readonly Line[] = groups.flatMap((sitting) => [{ id: `sitting:${sitting.id}`, sitting }, ...sitting.kept.map((kept) => ({ id: kept.revision_id, kept }))]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => list.current?.closest('[role="tabpanel"]') ?? null,
    getItemKey: (index) => lines[index]?.id ?? index,
    estimateSize: (index) => ('sitting' in (lines[index] ?? {}) ? HEAD_PX : LINE_PX) * scale,
    overscan: 8,
  });
  useLayoutEffect(() => virtual.measure(), [virtual, scale]);
  const toggle = (id: string) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  return (
    <div ref={list} role="list" aria-label="Earlier texts" className={cx(styles.lines)} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) => {
        const line = lines[item.index];
        if (line === undefined) return null;
        return (
          <div key={line.id} ref={virtual.measureElement} data-index={item.index} role="listitem" className={cx(styles.line)} style={{ transform: `translateY(${item.start}px)` }}>
            {'sitting' in line ? (
              <h2 className={cx(styles.sitting)}>
                {line.sitting.when}
                <span className={cx(beside.quiet)}>{line.sitting.device}</span>
              </h2>
            ) : (
              <Kept revision={line.kept} note={note} isOpen={open.has(line.id)} onToggle={() => toggle(line.id)} onRestore={onRestore} />
            )}
          </div>
        );
      })}
    </div>
  );
}

interface KeptProps extends HistoryProps {
  readonly revision: RevisionView;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Kept({ revision, note, isOpen, onToggle, onRestore }: KeptProps) {
  const { sections, fields } = partsOf(revision, note);
  const all = [...sections, ...fields];
  const changes = all.filter((part) => part.differs);
  return (
    <>
      <AriaButton className={cx(styles.fold)} aria-expanded={isOpen} onPress={onToggle}>
        <Icon as={isOpen ? ChevronDown : ChevronRight} size={14} />
        <span data-figures className={cx(styles.time)}>
          {clock(revision.written_civil.slice(11, 16))}
        </span>
        <span className={cx(styles.what)}>
          {listed(all)}
          {revision.kind === 'incoming' ? <span className={cx(beside.quiet)}> came in</span> : null}
          {isOpen ? null : (
            <span data-words className={cx(styles.begin)}>
              {' '}
              {sections.find((part) => part.text.trim() !== '')?.text.slice(0, 120)}
            </span>
          )}
        </span>
      </AriaButton>
      {isOpen ? (
        <div className={cx(styles.text)}>
          {sections.map((part) => (
            <div key={part.key}>
              <h3 className={cx(beside.label)}>{part.label}</h3>
              {part.text.trim() === '' ? (
                <p className={cx(beside.quiet)}>Nothing stood here.</p>
              ) : (
                <p data-words className={cx(beside.words)}>
                  {part.text}
                </p>
              )}
            </div>
          ))}
          {fields.map((part) => (
            <p key={part.key} className={cx(beside.quiet)}>
              {part.label}: {part.text === '' ? 'nothing' : part.text}
            </p>
          ))}
          {changes.length === 0 ? (
            <p className={cx(beside.quiet)}>The note says the same now.</p>
          ) : (
            <div>
              <Button small onPress={() => onRestore(revision)}>
                Bring back {listed(changes)}
              </Button>
            </div>
          )}
        </div>
      ) : null}
    </>
  );
}
