import { Pencil } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';

import type { CallError } from '../../backend/call';
import { dayShort } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { KeyValue } from '../../shared/ui/KeyValue';
import { Panel } from '../../shared/ui/Panel';
import { useKept } from '../../shared/kept';
import { type FieldSpec, SpecFields } from '../../shared/ui/SpecFields';
import styles from './DetailsTab.module.css';
import type { Save } from './DetailsTab';
import { changed } from './edits';

interface FactGroupProps {
  /** Names the form among all: what is entered in it is kept under that. */
  readonly form: string;
  readonly title: string;
  readonly specs: readonly FieldSpec[];
  readonly facts: Readonly<Record<string, string>>;
  readonly mayEdit: boolean;
  readonly save: Save;
}

interface Editing {
  /** What stood there when the pen was taken up; what arrives meanwhile does not change it. */
  readonly begun: Readonly<Record<string, string>>;
  readonly now: Readonly<Record<string, string>>;
}

const isEntered = ({ begun, now }: Editing) => Object.keys(changed(begun, now)).length > 0;

export function FactGroup({ form, title, specs, facts, mayEdit, save }: FactGroupProps) {
  const id = useId();
  const [editing, setEditing] = useKept(form, isEntered);
  // Whoever has finished with the keys goes on from where she began.
  const [wasEdited, setWasEdited] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<CallError | null>(null);

  const begin = () => {
    const now = Object.fromEntries(specs.map(({ key }) => [key, facts[key] ?? '']));
    setRefusal(null);
    setWasEdited(true);
    setEditing({ begun: now, now });
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (editing === null) return;
    const edits = changed(editing.begun, editing.now);
    if (Object.keys(edits).length === 0) {
      setEditing(null);
      return;
    }
    setBusy(true);
    const refused = await save({ facts: edits }, 'Record changed, saved on this device');
    setBusy(false);
    setRefusal(refused);
    if (refused === null) setEditing(null);
  };

  if (editing === null) {
    return (
      <Panel
        title={title}
        aside={
          mayEdit ? (
            <Button tone="quiet" small flush="end" icon={Pencil} aria-label={`Edit: ${title}`} autoFocus={wasEdited} onPress={begin}>
              Edit
            </Button>
          ) : null
        }
      >
        <KeyValue pairs={specs.map((spec) => ({ key: spec.label, value: <FactValue spec={spec} value={facts[spec.key] ?? ''} /> }))} />
      </Panel>
    );
  }
  return (
    <Panel title={title}>
      <form id={id} className={cx(styles.form)} noValidate onSubmit={(event) => void submit(event)}>
        {refusal === null ? null : (
          <p role="alert" className={cx(styles.refusal)}>
            {refusal.message}
          </p>
        )}
        <SpecFields
          specs={specs}
          values={editing.now}
          errors={Object.fromEntries((refusal?.field_errors ?? []).map(({ field, message }) => [field, message]))}
          onChange={(key, value) => setEditing({ ...editing, now: { ...editing.now, [key]: value } })}
          autoFocus
        />
        <div className={cx(styles.actions)}>
          <Button onPress={() => setEditing(null)}>Leave as it was</Button>
          <Button tone="primary" type="submit" isDisabled={isBusy}>
            Save
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function FactValue({ spec, value }: { readonly spec: FieldSpec; readonly value: string }) {
  if (value === '') return <span className={cx(styles.none)}>not recorded</span>;
  if (spec.kind === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return dayShort(value);
  if (spec.kind === 'choice') return spec.choices?.find((choice) => choice.id === value)?.word ?? value;
  return <span className={cx(styles.value)}>{value}</span>;
}
