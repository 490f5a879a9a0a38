import { History } from 'lucide-react';

import type { ChartView, ClientUpdateInput } from '../../backend/generated/api';
import type { CallError } from '../../backend/call';
import { momentNear } from '../../shared/format/near';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import styles from './DetailsTab.module.css';
import { EntrySet } from './EntrySet';
import { FactGroup } from './FactGroup';
import { unseenNow } from './head';
import {
  CONTACT_FACTS,
  contactEntry,
  contactInput,
  type ContactKey,

  factWord,
  NAME_FACTS,
  NEW_CONTACT,
  NEW_POLICY,
  POLICY_FACTS,
  policyEntry,
  policyInput,
  type PolicyKey,
  PRACTICE_FACTS,
  REACH_FACTS,
  STATUS_FACT,
} from './model';

export type Update = Omit<ClientUpdateInput, 'client_id'>;

/** Saves; gives the refusal, or nothing when it stands. */
export type Save = (update: Partial<Update>, said: string, undo?: Partial<Update>) => Promise<CallError | null>;

interface DetailsTabProps {
  readonly view: ChartView;
  readonly today: string;
  readonly save: Save;
}

const EMPTY: Update = { facts: {}, put_contacts: [], remove_contacts: [], put_insurance: [], remove_insurance: [] };

export const update = (part: Partial<Update>): Update => ({ ...EMPTY, ...part });

/** What the practice knows about the client. Read first; each group opens for editing where it stands. */
export function DetailsTab({ view, today, save }: DetailsTabProps) {
  const facts = { ...view.facts, status: view.client.status };
  const form = (title: string) => `${view.client.client_id} ${title}`;
  const mayEdit = view.may.edit && view.client.status !== 'merged';
  return (
    <div className={cx(styles.details)}>
      {unseenNow(view.replaced).map((replaced) => (
        <div key={`${replaced.field}${replaced.at}`} className={cx(styles.notice)}>
          <Banner
            tone="ochre"
            icon={History}
            {...(mayEdit
              ? {
                  action: (
                    <Button small onPress={() => void save({ facts: { [replaced.field]: { from: facts[replaced.field as keyof typeof facts] ?? '', to: replaced.value } } }, 'Brought back')}>
                      Bring it back
                    </Button>
                  ),
                }
              : {})}
          >
            <strong>{factWord(replaced.field)}</strong> was changed twice: to “{shown(replaced.field, replaced.value, today)}”, then to “
            {shown(replaced.field, facts[replaced.field as keyof typeof facts] ?? '', today)}” by {replaced.by}, who had not seen the first change.
          </Banner>
        </div>
      ))}
      <div className={cx(styles.column)}>
        <FactGroup form={form('Who')} title="Who" specs={NAME_FACTS} facts={facts} mayEdit={mayEdit} save={save} />
        <FactGroup form={form('How to reach')} title="How to reach" specs={REACH_FACTS} facts={facts} mayEdit={mayEdit} save={save} />
        <FactGroup form={form('In the practice')} title="In the practice" specs={[...PRACTICE_FACTS, STATUS_FACT]} facts={facts} mayEdit={mayEdit} save={save} />
      </div>
      <div className={cx(styles.column)}>
        <EntrySet<ContactKey>
          form={form('Contacts and guardians')}
          title="Contacts and guardians"
          one="contact"
          empty="Nobody recorded. Add who is to be called in an emergency."
          specs={CONTACT_FACTS}
          fresh={NEW_CONTACT}
          entries={view.contacts.map((contact) => ({ id: contact.id, values: contactEntry(contact), head: contact.name, marks: [...(contact.emergency ? ['Emergency'] : []), ...(contact.guardian ? ['Guardian'] : [])] }))}
          tells={['relationship', 'phone', 'email']}
          required="name"
          mayEdit={mayEdit}
          put={(values, id) => save({ put_contacts: [contactInput(values, id)] }, id === undefined ? 'Contact added' : 'Contact changed')}
          remove={(id, values) => save({ remove_contacts: [id] }, 'Contact removed', { put_contacts: [contactInput(values, id)] })}
        />
        <EntrySet<PolicyKey>
          form={form('Insurance')}
          title="Insurance"
          one="policy"
          empty="No policy recorded."
          specs={POLICY_FACTS}
          fresh={NEW_POLICY}
          entries={view.insurance
            .toSorted((one, other) => one.rank - other.rank)
            .map((policy) => ({ id: policy.id, values: policyEntry(policy), head: policy.payer, marks: [RANK[policy.rank] ?? `No. ${policy.rank}`] }))}
          tells={['member_id', 'group_number', 'policy_holder']}
          required="payer"
          mayEdit={mayEdit}
          put={(values, id) => save({ put_insurance: [policyInput(values, id)] }, id === undefined ? 'Policy added' : 'Policy changed')}
          remove={(id, values) => save({ remove_insurance: [id] }, 'Policy removed', { put_insurance: [policyInput(values, id)] })}
        />
      </div>
    </div>
  );
}

const RANK: Readonly<Record<number, string>> = { 1: 'Primary', 2: 'Secondary', 3: 'Tertiary' };

function shown(field: string, value: string, today: string): string {
  if (value === '') return 'nothing';
  return field === 'birth_date' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? momentNear(value, today) : value;
}

