import { Pencil, Plus, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import type { CallError } from '../../backend/call';
import { Button, IconButton } from '../../shared/ui/Button';
import { useKept } from '../../shared/kept';
import { cx } from '../../shared/ui/cx';
import { Panel } from '../../shared/ui/Panel';
import { type FieldSpec, SpecFields } from '../../shared/ui/SpecFields';
import styles from './DetailsTab.module.css';
import { changed, rebased } from './edits';
import type { Entry } from './model';

interface Standing<Key extends string> {
  readonly id: string;
  readonly values: Entry<Key>;
  readonly head: string;
  /** What kind of entry it is, in a word each. */
  readonly marks: readonly string[];
}

interface EntrySetProps<Key extends string> {
  /** Names the form among all: what is entered in it is kept under that. */
  readonly form: string;
  readonly title: string;
  /** What one of them is called, `contact`. */
  readonly one: string;
  readonly empty: string;
  readonly specs: readonly FieldSpec<Key>[];
  readonly fresh: Entry<Key>;
  readonly entries: readonly Standing<Key>[];
  /** What stands under its name, in this order. */
  readonly tells: readonly Key[];
  readonly required: Key;
  readonly mayEdit: boolean;
  readonly put: (values: Entry<Key>, id?: string) => Promise<CallError | null>;
  readonly remove: (id: string, values: Entry<Key>) => Promise<CallError | null>;
}

interface Editing<Key extends string> {
  /** Absent for one that is being added. */
  readonly id: string | null;
  readonly begun: Entry<Key>;
  readonly now: Entry<Key>;
}

const isEntered = ({ begun, now }: Editing<string>) => Object.keys(changed(begun, now)).length > 0;

/** Contacts, or policies: a short list whose entries open for editing in their place. */
export function EntrySet<Key extends string>(props: EntrySetProps<Key>) {
  const { form: name, title, one, empty, specs, fresh, entries, tells, required, mayEdit, put, remove } = props;
  const [editing, setEditing] = useKept<Editing<Key>>(name, isEntered);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);
  // Whoever has finished with the keys goes on from where she began: an entry, `new`, or nowhere yet.
  const [begunAt, setBegunAt] = useState<string | null>(null);

  const begin = (id: string | null, values: Entry<Key>) => {
    setRefusal(null);
    setMissing(false);
    setBegunAt(id ?? 'new');
    setEditing({ id, begun: values, now: values });
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (editing === null) return;
    if (editing.now[required].trim() === '') {
      setMissing(true);
      return;
    }
    const standing = entries.find((entry) => entry.id === editing.id)?.values;
    setBusy(true);
    const refused = editing.id === null ? await put(editing.now) : await put(rebased(editing.begun, editing.now, standing), editing.id);
    setBusy(false);
    setRefusal(refused?.message ?? null);
    if (refused === null) setEditing(null);
  };

  const form =
    editing === null ? null : (
      <form className={cx(styles.form)} noValidate onSubmit={(event) => void submit(event)}>
        {refusal === null ? null : (
          <p role="alert" className={cx(styles.refusal)}>
            {refusal}
          </p>
        )}
        <SpecFields
          specs={specs}
          values={editing.now}
          errors={(missing && editing.now[required].trim() === '' ? { [required]: 'This cannot stay empty.' } : {}) as Partial<Record<Key, string>>}
          onChange={(key, value) => setEditing({ ...editing, now: { ...editing.now, [key]: value } })}
          autoFocus
        />
        <div className={cx(styles.actions)}>
          <Button onPress={() => setEditing(null)}>{editing.id === null ? 'Do not add' : 'Leave as it was'}</Button>
          <Button tone="primary" type="submit" isDisabled={isBusy}>
            {editing.id === null ? `Add the ${one}` : 'Save'}
          </Button>
        </div>
      </form>
    );

  return (
    <Panel
      title={title}
      aside={
        mayEdit && editing === null ? (
          <Button tone="quiet" small flush="end" icon={Plus} aria-label={`Add a ${one}`} autoFocus={begunAt === 'new'} onPress={() => begin(null, fresh)}>
            Add
          </Button>
        ) : null
      }
    >
      {entries.length === 0 && editing === null ? <p className={cx(styles.none)}>{empty}</p> : null}
      <ul className={cx(styles.entries)}>
        {entries.map((entry) => (
          <li key={entry.id} className={cx(styles.entry)}>
            {editing?.id === entry.id ? (
              form
            ) : (
              <div className={cx(styles.standing)}>
                <div>
                  <p className={cx(styles.head)}>
                    {entry.head === '' ? `A ${one} without a name` : entry.head}
                    {entry.marks.map((mark) => (
                      <span key={mark} className={cx(styles.mark)}>
                        {mark}
                      </span>
                    ))}
                  </p>
                  <p className={cx(styles.tells)} data-figures>
                    {tells.map((key) => entry.values[key]).filter(Boolean).join(', ')}
                  </p>
                </div>
                {mayEdit && editing === null ? (
                  <span className={cx(styles.tools)}>
                    <IconButton icon={Pencil} label={`Edit ${entry.head}`} autoFocus={begunAt === entry.id} onPress={() => begin(entry.id, entry.values)} />
                    <IconButton icon={Trash2} label={`Remove ${entry.head}`} onPress={() => void remove(entry.id, entry.values).then((refused) => setRefusal(refused?.message ?? null))} />
                  </span>
                ) : null}
              </div>
            )}
          </li>
        ))}
      </ul>
      {editing === null && refusal !== null ? (
        <p role="alert" className={cx(styles.refusal)}>
          {refusal}
        </p>
      ) : null}
      {editing?.id === null ? form : null}
    </Panel>
  );
}
