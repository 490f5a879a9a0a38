import { describe, expect, it } from 'vitest';

import { matches } from './finding';
import { sectionOf } from './sections';

describe('an action', () => {
  it('is found by the beginnings of its words, in any order and without accents', () => {
    expect(matches('Book an appointment', 'app bo')).toBe(true);
    expect(matches('Sync now', 'sýnc')).toBe(true);
    expect(matches('Book an appointment', 'pointment')).toBe(false);
    expect(matches('Lock', '')).toBe(true);
  });
});

describe('an address', () => {
  it('belongs to a section', () => {
    expect(sectionOf('/chart/c1')).toBe('/caseload');
    expect(sectionOf('/conflict/n1')).toBe('/today');
    expect(sectionOf('/settings')).toBe('/settings');
    expect(sectionOf('/elsewhere')).toBeNull();
  });
});
