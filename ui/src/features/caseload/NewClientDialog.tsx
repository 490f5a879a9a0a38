import { zodResolver } from '@hookform/resolvers/zod';
import { CircleAlert, Plus, UsersRound, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { type Control, Controller, useFieldArray, useForm, useWatch } from 'react-hook-form';

import type { CallError } from '../../backend/call';
import type { ClientCreateInput, ClientRow, UserRow } from '../../backend/generated/api';
import { keep, keptOf } from '../../shared/kept';
import { Banner } from '../../shared/ui/Banner';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { Select } from '../../shared/ui/Select';
import { type FieldSpec, SpecFields } from '../../shared/ui/SpecFields';
import { CONTACT_FACTS, NAME_FACTS, NEW_CONTACT, NEW_POLICY, POLICY_FACTS, PRACTICE_FACTS, REACH_FACTS } from '../chart/model';
import { type ClientForm, clientForm, clientInput, lookalikes, NEW_CLIENT, placed } from './form';
import styles from './NewClientDialog.module.css';
import { tellApart } from './rows';

interface NewClientDialogProps {
  readonly among: readonly ClientRow[];
  /** Whom the client can be given to; `null` where the user treats her herself, or has no say in it. */
  readonly clinicians: readonly UserRow[] | null;
  /** Without a choice the client is the user's own. */
  readonly isYours: boolean;
  readonly isBusy: boolean;
  readonly refusal: CallError | null;
  readonly onClose: () => void;
  readonly onOpen: (id: string) => void;
  readonly onCreate: (input: ClientCreateInput) => void;
}

/** The name under which it is kept while it is neither saved nor given up. */
export const NEW_CLIENT_FORM = 'new client';

/** A record is begun with a name; everything else can wait until somebody knows it. */
export function NewClientDialog({ among, clinicians, isYours, isBusy, refusal, onClose, onOpen, onCreate }: NewClientDialogProps) {
  const { control, handleSubmit, formState, reset } = useForm<ClientForm>({ resolver: zodResolver(clientForm), defaultValues: NEW_CLIENT });
  const { isDirty } = formState;
  const [begun] = useState(() => keptOf<ClientForm>(NEW_CLIENT_FORM));
  const entered = useWatch({ control });
  useEffect(() => {
    if (begun !== null) reset(begun, { keepDefaultValues: true });
  }, [begun, reset]);
  useEffect(() => keep(NEW_CLIENT_FORM, isDirty ? entered : null), [entered, isDirty]);
  const leave = () => {
    keep(NEW_CLIENT_FORM, null);
    onClose();
  };
  const said = refusal === null ? null : placed(refusal);
  return (
    <Dialog
      isOpen
      onClose={leave}
      title="New client"
      width="wide"
      leavable={!isDirty}
      actions={
        <>
          <Button onPress={leave}>{isDirty ? 'Discard what was entered' : 'Leave'}</Button>
          <Button tone="primary" type="submit" form="new-client" isDisabled={isBusy}>
            {isBusy ? 'Beginning the record' : 'Begin the record'}
          </Button>
        </>
      }
    >
      <form id="new-client" className={cx(styles.form)} noValidate onSubmit={(event) => void handleSubmit((form) => onCreate(clientInput(form)))(event)}>
        {said === null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {said.above}
          </Banner>
        )}
        <Facts control={control} specs={NAME_FACTS} refused={said?.at} autoFocus />
        <Lookalikes control={control} among={among} onOpen={onOpen} />
        <section aria-label="How to reach" className={cx(styles.set)}>
          <h3 className={cx(styles.legend)}>How to reach</h3>
          <Facts control={control} specs={REACH_FACTS} refused={said?.at} />
        </section>
        <section aria-label="In the practice" className={cx(styles.set)}>
          <h3 className={cx(styles.legend)}>In the practice</h3>
          <Facts control={control} specs={PRACTICE_FACTS} refused={said?.at} />
          {clinicians === null ? null : (
            <div className={cx(styles.clinician)}>
              <Controller
                control={control}
                name="clinician"
                render={({ field }) => (
                  <Select
                    label="Clinician"
                    hint={isYours ? 'Who treats the client from today. Left open, it is you.' : 'Who treats the client from today. Can be chosen later.'}
                    error={said?.at['assign_to']}
                    choices={clinicians.map((user) => ({ id: user.user_id, word: user.display_name, note: user.credential }))}
                    value={field.value === '' ? null : field.value}
                    onChange={field.onChange}
                  />
                )}
              />
            </div>
          )}
        </section>
        <Entries control={control} name="contacts" title="Contacts and guardians" add="Add a contact" one="contact" specs={CONTACT_FACTS} fresh={NEW_CONTACT} />
        <Entries control={control} name="insurance" title="Insurance" add="Add a policy" one="policy" specs={POLICY_FACTS} fresh={NEW_POLICY} />
      </form>
    </Dialog>
  );
}

interface FactsProps {
  readonly control: Control<ClientForm>;
  readonly specs: readonly FieldSpec[];
  readonly refused: Readonly<Record<string, string>> | undefined;
  readonly autoFocus?: boolean;
}

function Facts({ control, specs, refused, autoFocus = false }: FactsProps) {
  return (
    <Controller
      control={control}
      name="facts"
      render={({ field, fieldState }) => (
        <SpecFields
          specs={specs}
          values={field.value}
          errors={{ ...refused, ...messages(fieldState.error) }}
          onChange={(key, value) => field.onChange({ ...field.value, [key]: value })}
          autoFocus={autoFocus}
        />
      )}
    />
  );
}

interface EntriesProps {
  readonly control: Control<ClientForm>;
  readonly name: 'contacts' | 'insurance';
  readonly title: string;
  readonly add: string;
  readonly one: string;
  readonly specs: readonly FieldSpec[];
  readonly fresh: Readonly<Record<string, string>>;
}

function Entries({ control, name, title, add, one, specs, fresh }: EntriesProps) {
  const { fields, append, remove } = useFieldArray({ control, name });
  return (
    // A fieldset would do, but WebKit draws its edge through the legend and lays nothing out beside it.
    <section aria-label={title} className={cx(styles.set)} data-empty={fields.length === 0 || undefined}>
      <h3 className={cx(styles.legend)}>{title}</h3>
      {fields.map((entry, index) => (
        <div key={entry.id} className={cx(styles.entry)}>
          <Controller
            control={control}
            name={`${name}.${index}`}
            render={({ field, fieldState }) => (
              <SpecFields
                specs={specs}
                values={field.value}
                errors={messages(fieldState.error)}
                onChange={(key, value) => field.onChange({ ...field.value, [key]: value })}
                autoFocus
              />
            )}
          />
          <IconButton icon={X} label={`Take out this ${one}`} onPress={() => remove(index)} />
        </div>
      ))}
      <div>
        <Button small icon={Plus} onPress={() => append(fresh as never)}>
          {add}
        </Button>
      </div>
    </section>
  );
}

function Lookalikes({ control, among, onOpen }: { readonly control: Control<ClientForm>; readonly among: readonly ClientRow[]; readonly onOpen: (id: string) => void }) {
  const facts = useWatch({ control, name: 'facts' });
  const [first, ...others] = lookalikes(facts, among);
  if (first === undefined) return null;
  return (
    <Banner
      tone="ochre"
      icon={UsersRound}
      action={
        <Button small onPress={() => onOpen(first.client_id)}>
          Open that chart
        </Button>
      }
    >
      <strong>{first.name}</strong> ({tellApart(first)}) is here already{others.length === 0 ? '' : `, and ${others.length} more of that name`}. If this is somebody else, go on.
    </Banner>
  );
}

/** Messages of a group by field, whatever shape the form library keeps them in. */
function messages(error: unknown): Readonly<Record<string, string>> {
  if (typeof error !== 'object' || error === null) return {};
  return Object.fromEntries(
    Object.entries(error).flatMap(([key, problem]: readonly [string, unknown]) =>
      typeof problem === 'object' && problem !== null && 'message' in problem && typeof problem.message === 'string' ? [[key, problem.message]] : [],
    ),
  );
}
