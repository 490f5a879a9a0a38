import { describe, expect, it } from 'vitest';

import { clientRow } from '../backend/testing';
import { findable, findClients } from '../features/caseload/model';
import { clientsFor, inOrder, matches } from './finding';
import { sectionOf } from './sections';

const client = (name: string, chart_number: string) => clientRow({ name, chart_number });

const index = findable([client('Teo Quill', 'HL-1'), client('Quilla Amsel', 'HL-2'), client('Noor Halvorsen', 'HL-3'), client('Ada Brook', 'HL-4')]);

describe('a client', () => {
  it('is found and ordered as in the caseload', () => {
    for (const query of ['quill', 'kwill', 'halvrosen', 'hl-2', 'brook ada', 'book']) expect(clientsFor(index, query).clients).toEqual(findClients(index, query));
    expect(clientsFor(index, 'halvrosen').clients.map(({ name }) => name)).toEqual(['Noor Halvorsen']);
  });

  it('is not looked for by one letter, nor by none', () => {
    expect(clientsFor(index, 'q ').clients).toEqual([]);
    expect(clientsFor(index, '--').clients).toEqual([]);
  });

  it('stands first where she fits as typed, and behind notes and actions where she is a guess', () => {
    const groups = ['clients', 'notes', 'actions'];
    expect(inOrder(groups, clientsFor(index, 'brook').areGuesses)).toEqual(['clients', 'notes', 'actions']);
    expect(inOrder(groups, clientsFor(index, 'book').areGuesses)).toEqual(['notes', 'actions', 'clients']);
  });
});

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
