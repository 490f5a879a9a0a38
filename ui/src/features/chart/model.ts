import type { ContactInput, ContactView, InsuranceInput, InsuranceView } from '../../backend/generated/api';
import type { FieldSpec } from '../../shared/ui/SpecFields';

/** The facts of a client's record in groups, as people look for them; the keys are the application's. */
export const NAME_FACTS: readonly FieldSpec[] = [
  { key: 'given_name', label: 'Given name', kind: 'line' },
  { key: 'family_name', label: 'Family name', kind: 'line' },
  { key: 'birth_date', label: 'Date of birth', kind: 'date' },
  { key: 'preferred_name', label: 'Goes by', kind: 'line', hint: 'Shown instead of the given name.' },
  { key: 'pronouns', label: 'Pronouns', kind: 'line', size: 'short' },
  { key: 'gender', label: 'Gender', kind: 'line', size: 'short' },
];

export const REACH_FACTS: readonly FieldSpec[] = [
  { key: 'phone', label: 'Phone', kind: 'line', type: 'tel' },
  { key: 'email', label: 'E-mail', kind: 'line', type: 'email', size: 'long' },
  { key: 'language', label: 'Language', kind: 'line', size: 'short' },
  { key: 'address', label: 'Address', kind: 'area', size: 'wide' },
];

export const PRACTICE_FACTS: readonly FieldSpec[] = [
  { key: 'chart_number', label: 'Chart number', kind: 'line', size: 'short' },
  { key: 'referral_note', label: 'Reason for referral', kind: 'line', size: 'broad' },
];

export const STATUS_FACT: FieldSpec = {
  key: 'status',
  label: 'Status',
  kind: 'choice',
  choices: [
    { id: 'active', word: 'Active' },
    { id: 'inactive', word: 'Inactive', note: 'not seen for now' },
    { id: 'discharged', word: 'Discharged', note: 'treatment ended' },
  ],
};

export type ContactKey = 'name' | 'relationship' | 'phone' | 'email' | 'emergency' | 'guardian';

export const CONTACT_FACTS: readonly FieldSpec<ContactKey>[] = [
  { key: 'name', label: 'Name', kind: 'line' },
  { key: 'relationship', label: 'Relationship', kind: 'line' },
  { key: 'phone', label: 'Phone', kind: 'line', type: 'tel' },
  { key: 'email', label: 'E-mail', kind: 'line', type: 'email' },
  { key: 'emergency', label: 'Call in an emergency', kind: 'yes' },
  { key: 'guardian', label: 'Legal guardian', kind: 'yes' },
];

export type PolicyKey = 'payer' | 'member_id' | 'group_number' | 'policy_holder' | 'rank';

export const POLICY_FACTS: readonly FieldSpec<PolicyKey>[] = [
  { key: 'payer', label: 'Payer', kind: 'line' },
  { key: 'member_id', label: 'Member number', kind: 'line', size: 'long' },
  { key: 'group_number', label: 'Group number', kind: 'line', size: 'short' },
  { key: 'policy_holder', label: 'Policy holder', kind: 'line', hint: 'If it is not the client.' },
  {
    key: 'rank',
    label: 'Order',
    kind: 'choice',
    size: 'short',
    choices: [
      { id: '1', word: 'Primary' },
      { id: '2', word: 'Secondary' },
      { id: '3', word: 'Tertiary' },
    ],
  },
];

/** An entry of a set as its form holds it: every value is text. */
export type Entry<Key extends string> = Readonly<Record<Key, string>>;

export const NEW_CONTACT: Entry<ContactKey> = { name: '', relationship: '', phone: '', email: '', emergency: '', guardian: '' };

export const NEW_POLICY: Entry<PolicyKey> = { payer: '', member_id: '', group_number: '', policy_holder: '', rank: '1' };

const yes = (value: string) => value === 'yes';
const written = (on: boolean) => (on ? 'yes' : '');

export function contactEntry({ name, relationship, phone, email, emergency, guardian }: ContactView): Entry<ContactKey> {
  return { name, relationship, phone, email, emergency: written(emergency), guardian: written(guardian) };
}

export function contactInput(entry: Entry<ContactKey>, id?: string): ContactInput {
  return {
    ...(id === undefined ? {} : { id }),
    name: entry.name.trim(),
    relationship: entry.relationship.trim(),
    phone: entry.phone.trim(),
    email: entry.email.trim(),
    emergency: yes(entry.emergency),
    guardian: yes(entry.guardian),
  };
}

export function policyEntry({ payer, member_id, group_number, policy_holder, rank }: InsuranceView): Entry<PolicyKey> {
  return { payer, member_id, group_number, policy_holder, rank: String(Math.max(1, rank)) };
}

export function policyInput(entry: Entry<PolicyKey>, id?: string): InsuranceInput {
  return {
    ...(id === undefined ? {} : { id }),
    payer: entry.payer.trim(),
    member_id: entry.member_id.trim(),
    group_number: entry.group_number.trim(),
    policy_holder: entry.policy_holder.trim(),
    rank: Number(entry.rank),
  };
}

/** Whether somebody began an entry at all; a choice that stands there from the start does not count. */
export function isBegun(entry: Readonly<Record<string, string>>): boolean {
  return Object.entries(entry).some(([key, value]) => key !== 'rank' && value.trim() !== '');
}

const FACTS: readonly FieldSpec[] = [...NAME_FACTS, ...REACH_FACTS, ...PRACTICE_FACTS, STATUS_FACT];

/** What a fact is called on the screen. */
export function factWord(key: string): string {
  return FACTS.find((spec) => spec.key === key)?.label ?? key;
}
