import { ArrowLeft, CircleAlert, CircleSlash, Ellipsis, FileSignature, FolderOpen, GitMerge, PencilLine, RotateCcw, ShieldAlert } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';

import type { FindingView, NoteView, SectionView } from '../../backend/generated/api';
import { withMoments } from '../../shared/format/civil';
import { Banner } from '../../shared/ui/Banner';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Kbd } from '../../shared/ui/Kbd';
import { Menu } from '../../shared/ui/Menu';
import { SectionEditor, type SectionEditorHandle } from '../../shared/ui/SectionEditor';
import { SplitPane } from '../../shared/ui/SplitPane';
import type { SyncState } from '../../shared/ui/sync';
import type { Autosave } from './Autosave';
import { CombinedText } from './CombinedText';
import { Diagnoses } from './Diagnoses';
import { FactsForm } from './FactsForm';
import { FORMATS, noteHeading, type Place, tally } from './model';
import styles from './NoteEditor.module.css';
import { SaveWord } from './SaveWord';
import { sectionPart } from './saving';
import { StandingPill } from './StandingPill';
import { useDraft, usePart, useSaveWords } from './useDraft';

export interface NoteEditorProps {
  readonly note: NoteView;
  /** Keeps what stands on the screen; each section and field draws its own part of it. */
  readonly autosave: Autosave;
  readonly named: NoteView['diagnoses'];
  /** What the sync says of the note; `null` while it has not been heard. */
  readonly synced: SyncState | null;
  /** Why the last thing asked for was refused, in the application's words. */
  readonly refusal: string | null;
  readonly isConfirming: boolean;
  readonly side: ReactNode;
  /** Where to be; `null` is the first section. A new object is a new jump, to the same place too. */
  readonly at: { readonly place: Place | null };
  readonly onBack: () => void;
  readonly onOpenChart: () => void;
  readonly onSection: (key: string, text: string) => void;
  readonly onField: (key: string, value: string, isWhole: boolean) => void;
  readonly onDiagnosis: (id: string, isNamed: boolean) => void;
  readonly onPause: () => void;
  readonly onConfirm: (key: string) => void;
  readonly onConflicts: () => void;
  readonly onJump: (finding: FindingView) => void;
  readonly onFormat: (format: string) => void;
  readonly onVoid: () => void;
  readonly onSign: () => void;
}

/** One note, generous where it is written. Everything else keeps its voice down. */
export function NoteEditor(props: NoteEditorProps) {
  const { note, side, at, onPause, onSign } = props;
  const paper = useRef<HTMLDivElement>(null);
  const handles = useRef(new Map<string, SectionEditorHandle>());
  // What waits to be confirmed is what she came for; once it is, the caret stays where it is.
  const [first] = useState(() => (note.sections.find((section) => section.combined !== null) ?? note.sections[0])?.key);

  useEffect(() => {
    const { place } = at;
    if (place === null || place.target === 'section') {
      const handle = handles.current.get(place?.key ?? first ?? '');
      handle?.focus(place?.caret, place === null);
      return;
    }
    const part = paper.current?.querySelector(`[data-part="${CSS.escape(`${place.target}:${place.key}`)}"]`);
    part?.scrollIntoView({ block: 'center' });
    part?.querySelector<HTMLElement>('[role="spinbutton"], input, button, textarea')?.focus();
  }, [at, first]);

  useChords({ Enter: onSign, s: onPause });

  return (
    <SplitPane
      label="Note and what stands beside it"
      share={63}
      main={
        <div ref={paper} className={cx(styles.editor)} data-density="writing">
          <Head {...props} />
          <div className={cx(styles.page)}>
            <Notices {...props} />
            <FactsForm
              fields={note.fields}
              autosave={props.autosave}
              findings={note.findings}
              onField={props.onField}
              onPause={onPause}
            />
            <Diagnoses chart={note.chart_diagnoses} named={props.named} findings={note.findings} onName={props.onDiagnosis} onOpenChart={props.onOpenChart} />
            <div className={cx(styles.sections)}>
              {note.sections.map((section) => (
                <Section
                  key={section.key}
                  section={section}
                  editor={props}
                  handle={(handle) => {
                    if (handle) handles.current.set(section.key, handle);
                    else handles.current.delete(section.key);
                  }}
                />
              ))}
            </div>
          </div>
          <Foot {...props} />
        </div>
      }
      side={<div className={cx(styles.side)}>{side}</div>}
    />
  );
}

/** Chords with Ctrl or Command, from wherever the focus is: a button keeps Enter to itself and would swallow them. */
function useChords(deeds: Readonly<Record<string, () => void>>): void {
  const current = useRef(deeds);
  useEffect(() => {
    current.current = deeds;
  }, [deeds]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const deed = current.current[event.key] ?? current.current[event.key.toLowerCase()];
      if (deed === undefined || event.ctrlKey === event.metaKey || event.altKey || document.querySelector('[data-question]') !== null) return;
      event.preventDefault();
      event.stopPropagation();
      deed();
    };
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);
}

function Head({ note, onBack, onFormat, onOpenChart, onVoid }: NoteEditorProps) {
  const formats = FORMATS.filter((format) => format.id !== note.row.format);
  return (
    <header className={cx(styles.head)}>
      <IconButton icon={ArrowLeft} label="Back" keys="Alt ←" onPress={onBack} />
      <div className={cx(styles.names)}>
        <h1 className={cx(styles.client)}>{note.row.client_name}</h1>
        <p className={cx(styles.title)}>{noteHeading(note.row)}</p>
      </div>
      <StandingPill standing={note.row.standing} />
      <Menu
        trigger={<IconButton icon={Ellipsis} label="More about this note" />}
        groups={[
          { id: 'chart', entries: [{ id: 'chart', word: 'Open the chart', icon: FolderOpen, onAction: onOpenChart }] },
          ...(note.row.format === null
            ? []
            : [{ id: 'format', heading: 'Write it as', entries: formats.map((format) => ({ id: format.id, word: format.word, onAction: () => onFormat(format.id) })) }]),
          { id: 'void', entries: [{ id: 'void', word: 'Entered in error…', icon: CircleSlash, tone: 'danger' as const, onAction: onVoid }] },
        ]}
      />
    </header>
  );
}

/** What is true of the whole note and stays true until somebody does something about it. */
function Notices({ note, autosave, refusal, onPause, onConflicts }: NoteEditorProps) {
  const problem = useDraft(autosave, (draft) => draft.failure?.message ?? null);
  const passages = note.branches
    .flatMap((branch) => branch.sections)
    .flatMap((section) => section.passages)
    .filter((passage) => passage.kind === 'differs').length;
  return (
    <>
      {problem === null ? null : (
        <Banner
          tone="brick"
          icon={CircleAlert}
          action={
            <Button small icon={RotateCcw} onPress={onPause}>
              Try again
            </Button>
          }
        >
          <strong>Your last words are not saved yet.</strong> {problem} They stay here, and saving is tried again by itself.
        </Banner>
      )}
      {refusal === null ? null : (
        <Banner tone="ochre" icon={CircleAlert}>
          {refusal}
        </Banner>
      )}
      {note.refused_signatures.map((words) => (
        <Banner key={words} tone="brick" icon={ShieldAlert}>
          {withMoments(words)}
        </Banner>
      ))}
      {note.branches.length === 0 ? null : (
        <Banner
          tone="plum"
          icon={GitMerge}
          action={
            <Button small onPress={onConflicts}>
              Choose
            </Button>
          }
        >
          <strong>Needs your review.</strong> {passages === 1 ? 'One passage was' : `${passages} passages were`} also changed on another device. Both texts are
          kept; you can go on writing, and sign once you have chosen.
        </Banner>
      )}
    </>
  );
}

interface SectionProps {
  readonly section: SectionView;
  readonly editor: NoteEditorProps;
  readonly handle: (handle: SectionEditorHandle | null) => void;
}

function Section({ section, editor, handle }: SectionProps) {
  const text = usePart(editor.autosave, sectionPart(section.key), section.text);
  const pulledFrom = text === section.text ? section.pulled_from : null;
  return (
    <SectionEditor
      label={section.label}
      part={`section:${section.key}`}
      prompt={section.hint}
      value={text}
      tinted={pulledFrom !== null}
      onChange={(next) => editor.onSection(section.key, next)}
      onBlur={editor.onPause}
      handle={handle}
      above={
        section.combined === null ? undefined : (
          <CombinedText label={section.label} combined={section.combined} isBusy={editor.isConfirming} onConfirm={() => editor.onConfirm(section.key)} />
        )
      }
      aside={
        pulledFrom === null ? undefined : (
          <span className={cx(styles.pulled)}>
            <PencilLine size={12} aria-hidden="true" /> from {withMoments(pulledFrom)}
          </span>
        )
      }
    />
  );
}

function Foot({ note, autosave, synced, onJump, onSign }: NoteEditorProps) {
  const { met, of, blocking } = tally(note.findings, note.rules);
  const [first] = blocking;
  return (
    <footer className={cx(styles.foot)}>
      <Saved note={note} autosave={autosave} synced={synced} />
      {first === undefined ? (
        <span className={cx(styles.tally)}>
          {met} of {of} complete
        </span>
      ) : (
        <Button tone="quiet" small onPress={() => onJump(first)}>
          {blocking.length === 1 ? 'One thing is' : `${blocking.length} things are`} missing
        </Button>
      )}
      <Kbd keys="Ctrl Enter" />
      <Button tone="primary" icon={FileSignature} onPress={onSign}>
        Sign…
      </Button>
    </footer>
  );
}

/** Speaks several times a second while somebody types, so it is drawn alone. */
function Saved({ note, autosave, synced }: Pick<NoteEditorProps, 'note' | 'autosave' | 'synced'>) {
  const { state, at } = useSaveWords(autosave, note.row.sync, synced);
  return (
    <span role="status" className={cx(styles.save)}>
      <SaveWord state={state} />
      <span data-figures>{at}</span>
    </span>
  );
}
