import * as z from 'zod';

import type { ApiError, ClientCreateInput, ClientRow } from '../../backend/generated/api';
import { contactInput, isBegun, policyInput } from '../chart/model';
import { folded } from './model';

// The window's policy forbids making code from text, which the library would otherwise try for speed.
z.config({ jitless: true });

const entry = <Keys extends readonly string[]>(keys: Keys) => z.object(Object.fromEntries(keys.map((key) => [key, z.string()])) as Record<Keys[number], z.ZodString>);

const looksLikeMail = (text: string) => text.trim() === '' || /^\S+@\S+$/.test(text.trim());
const MAIL = 'An address that mail can reach has an @ in it.';

const contact = entry(['name', 'relationship', 'phone', 'email', 'emergency', 'guardian'] as const)
  .refine((filled) => !isBegun(filled) || filled.name.trim() !== '', { path: ['name'], message: 'Say who this is.' })
  .refine((filled) => looksLikeMail(filled.email), { path: ['email'], message: MAIL });

const policy = entry(['payer', 'member_id', 'group_number', 'policy_holder', 'rank'] as const).refine((filled) => !isBegun(filled) || filled.payer.trim() !== '', {
  path: ['payer'],
  message: 'Say who pays.',
});

/** The shape of the form only. What makes a record possible is decided by the application. */
export const clientForm = z.object({
  facts: z
    .record(z.string(), z.string())
    .refine((facts) => ['given_name', 'family_name', 'preferred_name'].some((key) => (facts[key] ?? '').trim() !== ''), { path: ['family_name'], message: 'A record needs a name to be found by.' })
    .refine((facts) => looksLikeMail(facts['email'] ?? ''), { path: ['email'], message: MAIL }),
  contacts: z.array(contact),
  insurance: z.array(policy),
  clinician: z.string(),
});

export type ClientForm = z.infer<typeof clientForm>;

export const NEW_CLIENT: ClientForm = { facts: {}, contacts: [], insurance: [], clinician: '' };

export function clientInput(form: ClientForm): ClientCreateInput {
  return {
    facts: Object.fromEntries(
      Object.entries(form.facts)
        .map(([key, value]) => [key, value.trim()] as const)
        .filter(([, value]) => value !== ''),
    ),
    contacts: form.contacts.filter(isBegun).map((filled) => contactInput(filled)),
    insurance: form.insurance.filter(isBegun).map((filled) => policyInput(filled)),
    ...(form.clinician === '' ? {} : { assign_to: form.clinician }),
  };
}

/** Where in the form a refusal belongs; what belongs nowhere is said above it. */
export function placed(error: ApiError): { readonly at: Readonly<Record<string, string>>; readonly above: string } {
  const facts = error.field_errors.filter(({ field }) => !field.startsWith('contacts') && !field.startsWith('insurance'));
  const rest = error.field_errors.filter((problem) => !facts.includes(problem));
  return {
    at: Object.fromEntries(facts.map(({ field, message }) => [field.replace(/^facts\./, ''), message])),
    above: [error.message, ...rest.map(({ message }) => message)].join(' '),
  };
}

/** Clients who may be the same person: the same names in any order, and no other date of birth. */
export function lookalikes(facts: Readonly<Record<string, string>>, among: readonly ClientRow[]): readonly ClientRow[] {
  const first = [facts['given_name'] ?? '', facts['preferred_name'] ?? ''].map(folded).filter(Boolean);
  const family = folded(facts['family_name'] ?? '');
  if (family === '' || first.length === 0) return [];
  const born = facts['birth_date'] ?? '';
  return among.filter((row) => {
    const names = ` ${folded(row.find)} ${folded(row.name)} `;
    return names.includes(` ${family} `) && first.some((name) => names.includes(` ${name} `)) && (born === '' || row.birth_date === null || row.birth_date === born);
  });
}
