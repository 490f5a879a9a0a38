import { describe, expect, it } from 'vitest';

import type { ClientRow } from '../../backend/generated/api';
import { NEW_CONTACT, NEW_POLICY } from '../chart/model';
import { clientForm, clientInput, lookalikes, NEW_CLIENT, placed } from './form';

const problems = (form: unknown) => (clientForm.safeParse(form).error?.issues ?? []).map((issue) => issue.path.join('.'));

describe('the form of a new client', () => {
  it('asks for a name and nothing else', () => {
    expect(problems(NEW_CLIENT)).toEqual(['facts.family_name']);
    expect(problems({ ...NEW_CLIENT, facts: { preferred_name: 'Teo' } })).toEqual([]);
  });

  it('asks who a contact is once something about them is said, and lets an untouched one be', () => {
    const facts = { family_name: 'Quill' };
    expect(problems({ ...NEW_CLIENT, facts, contacts: [{ ...NEW_CONTACT, phone: '555' }] })).toEqual(['contacts.0.name']);
    expect(problems({ ...NEW_CLIENT, facts, contacts: [NEW_CONTACT], insurance: [NEW_POLICY] })).toEqual([]);
    expect(problems({ ...NEW_CLIENT, facts, insurance: [{ ...NEW_POLICY, member_id: '7' }] })).toEqual(['insurance.0.payer']);
  });

  it('sends what was written, without blanks around it and without empty entries', () => {
    const input = clientInput({
      facts: { given_name: ' Teodor ', family_name: 'Quill', email: '' },
      contacts: [{ ...NEW_CONTACT, name: 'Ines Quill', emergency: 'yes' }, NEW_CONTACT],
      insurance: [NEW_POLICY, { ...NEW_POLICY, payer: 'Harbour Mutual', rank: '2' }],
      clinician: '',
    });
    expect(input.facts).toEqual({ given_name: 'Teodor', family_name: 'Quill' });
    expect(input.contacts).toEqual([{ name: 'Ines Quill', relationship: '', phone: '', email: '', emergency: true, guardian: false }]);
    expect(input.insurance.map((policy) => [policy.payer, policy.rank])).toEqual([['Harbour Mutual', 2]]);
    expect('assign_to' in input).toBe(false);
  });

  it('puts a refusal at its field, and says above what has none', () => {
    const said = placed({ code: 'invalid', message: 'Not created.', retryable: false, field_errors: [{ field: 'birth_date', message: 'In the future.' }, { field: 'contacts', message: 'Twice the same.' }] });
    expect(said.at).toEqual({ birth_date: 'In the future.' });
    expect(said.above).toBe('Not created. Twice the same.');
  });
});

describe('somebody who may be here already', () => {
  const row = { client_id: 'c', name: 'Teo Quill', find: 'teodor teo quill', birth_date: '1985-04-03' } as unknown as ClientRow;

  it('has the same names and no other birthday', () => {
    expect(lookalikes({ given_name: 'TEODOR', family_name: 'Quill' }, [row])).toHaveLength(1);
    expect(lookalikes({ given_name: 'Teo', family_name: 'Quill', birth_date: '1985-04-03' }, [row])).toHaveLength(1);
    expect(lookalikes({ given_name: 'Teo', family_name: 'Quill', birth_date: '1990-01-01' }, [row])).toEqual([]);
    expect(lookalikes({ given_name: 'Teo', family_name: '' }, [row])).toEqual([]);
    expect(lookalikes({ given_name: 'Te', family_name: 'Qui' }, [row])).toEqual([]);
  });
});
