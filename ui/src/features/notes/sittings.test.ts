import { describe, expect, it } from 'vitest';

import type { NoteView, RevisionView } from '../../backend/generated/api';
import { listed, partsOf, sittings } from './sittings';

const kept = (number: number, written_civil: string, device = 'Laptop', more: Partial<RevisionView> = {}): RevisionView => ({
  revision_id: `r${number}`,
  number,
  kind: 'replaced',
  device,
  written_civil,
  sections: {},
  fields: {},
  ...more,
});

describe('sittings', () => {
  it('are what was written at one device without getting up', () => {
    const groups = sittings([
      kept(9, '2026-11-21 10:06', 'Laptop', { kind: 'current', revision_id: 'current' }),
      kept(8, '2026-11-21 10:02'),
      kept(7, '2026-11-21 09:40'),
      kept(6, '2026-11-21 09:39', 'Office PC', { kind: 'incoming' }),
      kept(5, '2026-11-21 09:38'),
      kept(4, '2026-11-21 08:00'),
      kept(3, '2026-11-20 23:50'),
    ]);
    expect(groups.map((group) => group.kept.map((revision) => revision.number))).toEqual([[8, 7], [6], [5], [4], [3]]);
    expect(groups[0]?.when).toMatch(/9:40.*10:02/);
    expect(groups[1]?.device).toBe('Office PC');
  });
});

describe('what would be brought back', () => {
  const note = {
    sections: [
      { key: 'subjective', label: 'Subjective', text: 'A poor week.' },
      { key: 'plan', label: 'Plan', text: 'Weekly.' },
    ],
    fields: [{ key: 'risk_level', label: 'Level of risk', kind: 'choice', value: 'low', choices: [{ value: 'none', label: 'None found' }] }],
  } as unknown as NoteView;

  it('is named in the order of the note, and only where it would change something', () => {
    const { sections, fields } = partsOf(kept(1, '2026-11-21 10:02', 'Laptop', { sections: { behavior: 'Restless.', plan: 'Weekly.', subjective: 'A week.' }, fields: { risk_level: 'none' } }), note);
    expect(sections.map(({ label, differs }) => [label, differs])).toEqual([
      ['Subjective', true],
      ['Plan', false],
      ['Behavior', true],
    ]);
    expect(fields).toMatchObject([{ text: 'None found', differs: true }]);
    expect(listed([...sections, ...fields].filter(({ differs }) => differs))).toBe('Subjective, Behavior, and Level of risk');
  });
});
