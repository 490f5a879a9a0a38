import { ArrowLeft, FileSignature, GitMerge, PencilLine } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';

import { Banner } from '../../shared/ui/Banner';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Kbd } from '../../shared/ui/Kbd';
import { SyncPill } from '../../shared/ui/Pill';
import { SectionEditor, type SectionEditorHandle } from '../../shared/ui/SectionEditor';
import { SplitPane } from '../../shared/ui/SplitPane';
import type { SyncState } from '../../shared/ui/sync';
import { FactsForm } from './FactsForm';
import { type NoteCheck, type NoteFact, type NoteSection, type NoteStanding, tally } from './model';
import styles from './NoteEditor.module.css';
import { StandingPill } from './StandingPill';

export interface NoteEditorView {
  readonly client: string;
  /** `Progress note, 21 November, 09:00 to 09:50`. */
  readonly title: string;
  readonly standing: NoteStanding;
  readonly sections: readonly NoteSection[];
  readonly facts: readonly NoteFact[];
  readonly checks: readonly NoteCheck[];
  readonly save: { readonly state: SyncState; readonly at: string };
  /** Passages of this note that wait for the author's choice; 0 is none. */
  readonly conflicts: number;
}

interface NoteEditorProps {
  readonly view: NoteEditorView;
  readonly side: ReactNode;
  readonly extras?: ReactNode;
  /** The section to be in; `null` is the first. A new object is a new jump, to the same section too. */
  readonly at: { readonly section: string | null };
  readonly onBack: () => void;
  readonly onSection: (key: string, text: string) => void;
  readonly onFact: (key: string, value: string) => void;
  readonly onPause: () => void;
  readonly onConfirm: (key: string) => void;
  readonly onConflicts: () => void;
  readonly onSign: () => void;
}

/** One note, generous where it is written. Everything else keeps its voice down. */
export function NoteEditor(props: NoteEditorProps) {
  const { view, side, extras, at, onBack, onSection, onFact, onPause, onConfirm, onConflicts, onSign } = props;
  const handles = useRef(new Map<string, SectionEditorHandle>());
  const first = view.sections[0]?.key;
  const { met, of, blocking } = tally(view.checks);

  useEffect(() => {
    const target = at.section ?? first;
    if (target !== undefined) handles.current.get(target)?.focus();
  }, [at, first]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onSign();
    }
  };

  const paper = (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- hears Ctrl Enter from the fields inside
    <div className={cx(styles.editor)} data-density="writing" onKeyDown={onKeyDown}>
      <header className={cx(styles.head)}>
        <IconButton icon={ArrowLeft} label="Back" keys="Alt ←" onPress={onBack} />
        <div className={cx(styles.names)}>
          <h1 className={cx(styles.client)}>{view.client}</h1>
          <p className={cx(styles.title)}>{view.title}</p>
        </div>
        <StandingPill standing={view.standing} />
      </header>
      <div className={cx(styles.page)}>
        {view.conflicts === 0 ? null : (
          <Banner
            tone="plum"
            icon={GitMerge}
            action={
              <Button small onPress={onConflicts}>
                Choose
              </Button>
            }
          >
            <strong>Needs your review.</strong> {view.conflicts === 1 ? 'One passage was' : `${view.conflicts} passages were`} also changed on another
            device. Both texts are kept; you can go on writing, and sign once you have chosen.
          </Banner>
        )}
        <FactsForm facts={view.facts} onFact={onFact} />
        <div className={cx(styles.sections)}>
          {view.sections.map((section) => (
            <SectionEditor
              key={section.key}
              label={section.label}
              prompt={section.prompt}
              value={section.text}
              tinted={section.pulledFrom !== null}
              onChange={(text) => onSection(section.key, text)}
              onBlur={onPause}
              handle={(handle) => {
                if (handle) handles.current.set(section.key, handle);
                else handles.current.delete(section.key);
              }}
              aside={<SectionAside section={section} onConfirm={onConfirm} />}
            />
          ))}
        </div>
        {extras}
      </div>
      <footer className={cx(styles.foot)}>
        <span className={cx(styles.save)}>
          <SyncPill state={view.save.state} />
          <span data-figures>{view.save.at}</span>
        </span>
        <span className={cx(styles.tally)}>
          {blocking.length === 0 ? `${met} of ${of} complete` : `${blocking.length === 1 ? 'One thing stands' : `${blocking.length} things stand`} before signing`}
        </span>
        <Kbd keys="Ctrl Enter" />
        <Button tone="primary" icon={FileSignature} onPress={onSign}>
          Sign…
        </Button>
      </footer>
    </div>
  );

  return <SplitPane label="Note and what stands beside it" main={paper} side={<div className={cx(styles.side)}>{side}</div>} share={63} />;
}

function SectionAside({ section, onConfirm }: { readonly section: NoteSection; readonly onConfirm: (key: string) => void }) {
  if (section.combined !== null) {
    return (
      <>
        <span className={cx(styles.combined)}>{section.combined}</span>
        <Button small onPress={() => onConfirm(section.key)}>
          Confirm
        </Button>
      </>
    );
  }
  if (section.pulledFrom === null) return null;
  return (
    <span className={cx(styles.pulled)}>
      <PencilLine size={12} aria-hidden="true" /> from {section.pulledFrom}
    </span>
  );
}
