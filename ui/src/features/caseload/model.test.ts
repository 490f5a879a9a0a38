import { describe, expect, it } from 'vitest';

import { clientRow } from '../../backend/testing';
import { findable, findClients, folded, slips, sound } from './model';

const client = (name: string, find: string, chart_number: string, birth_date: string | null = null) => clientRow({ name, find, chart_number, birth_date });

const PEOPLE = [
  client('Teo Quill', 'teodor teo quill', 'HL-1002', '1985-04-03'),
  client('Quilla Amsel', 'quilla amsel', 'HL-1417'),
  client('Siobhán Ó Briain', 'siobhan o briain', 'HL-2044'),
  client('Filip Brightwater', 'philippe filip brightwater', 'HL-3100'),
  client('Noor Halvorsen', 'noor halvorsen', 'HL-1003'),
  client('Anneliese Straßer', 'anneliese strasser', 'HL-9'),
];
const index = findable(PEOPLE);
const names = (question: string) => findClients(index, question).map((row) => row.name);

describe('finding a client', () => {
  it('goes by any name she has, the chart number and the date of birth', () => {
    expect(names('teodor')).toEqual(['Teo Quill']);
    expect(names('teo')).toEqual(['Teo Quill']);
    expect(names('hl-1003')).toEqual(['Noor Halvorsen']);
    expect(names('1417')).toEqual(['Quilla Amsel']);
    expect(names('1985-04-03')).toEqual(['Teo Quill']);
  });

  it('asks every word for a place, in any order, and puts the better fit first', () => {
    expect(names('quill teo')).toEqual(['Teo Quill']);
    expect(names('quill')).toEqual(['Teo Quill', 'Quilla Amsel']);
    expect(names('quill halvorsen')).toEqual([]);
  });

  it('does not ask for accents, apostrophes or capitals', () => {
    expect(names('siobhan')).toContain('Siobhán Ó Briain');
    expect(names('SIOBHÁN')).toContain('Siobhán Ó Briain');
    expect(names('strasser')).toContain('Anneliese Straßer');
    expect(folded('O’Brien-Łuczak')).toBe('obrien luczak');
  });

  it('forgives a slip of the fingers before the name is typed to its end', () => {
    expect(names('halvrosen')).toEqual(['Noor Halvorsen']);
    expect(names('halvors')).toEqual(['Noor Halvorsen']);
    expect(names('brigthwater')).toEqual(['Filip Brightwater']);
    expect(names('teodro')).toEqual(['Teo Quill']);
  });

  it('hears names that are written otherwise', () => {
    expect(names('philip')).toContain('Filip Brightwater');
    expect(names('kwill')).toContain('Teo Quill');
    expect(sound('smith')).toBe(sound('schmidt'));
    expect(sound('meyer')).toBe(sound('maier'));
  });

  it('finds nobody where nothing fits, and everybody where nothing is asked', () => {
    expect(names('zzyzx')).toEqual([]);
    expect(names('  ')).toHaveLength(PEOPLE.length);
  });

  it('does not guess from two letters, nor from figures', () => {
    expect(names('qx')).toEqual([]);
    expect(names('1420')).toEqual([]);
  });

  it('shows no guesses where enough people fit as typed', () => {
    const many = findable(Array.from({ length: 10 }, (_, number) => client(`Anna Tell ${number}`, 'anna tell', `N-${number}`)).concat(client('Anne Ball', 'anne ball', 'N-99')));
    expect(findClients(many, 'anna').map((row) => row.name)).not.toContain('Anne Ball');
    expect(findClients(many.slice(8), 'anna').map((row) => row.name)).toContain('Anne Ball');
  });
});

describe('slips', () => {
  it('counts a swap once and stops counting past what is allowed', () => {
    expect(slips('teodro', 'teodor', 2)).toBe(1);
    expect(slips('quil', 'quilla', 1)).toBe(0);
    expect(slips('abcdef', 'uvwxyz', 2)).toBe(3);
  });
});
