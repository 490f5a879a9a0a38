import { describe, expect, it } from 'vitest';

import type { ImportRow } from '../../backend/generated/api';
import { leftOut, mapped, mappingProblem, readText, stateOf, tallyRows, withCommas } from './model';

const row = (line: number, name: string, more: Partial<ImportRow> = {}): ImportRow => ({ line, name, problems: [], duplicate_of: null, facts: {}, ...more });

describe('the text of a file', () => {
  it('is read in the encodings that other programs write', () => {
    const text = 'Name\nSiobhán';
    expect(readText(new TextEncoder().encode(text))).toBe(text);
    expect(readText(Uint8Array.from([0x53, 0x69, 0x6f, 0x62, 0x68, 0xe1, 0x6e]))).toBe('Siobhán');
    expect(readText(Uint8Array.from([0xff, 0xfe, 0xe1, 0x00]))).toBe('á');
    expect(readText(Uint8Array.from([0xef, 0xbb, 0xbf, 0x61]))).toBe('a');
  });

  it('gets commas where tabs or semicolons stood, and keeps commas that belong to a cell', () => {
    expect(withCommas('First\tLast\nTeo\tQuill, Jr.')).toBe('First,Last\nTeo,"Quill, Jr."');
    expect(withCommas('First;Last\r\n"a;b";c')).toBe('First,Last\r\n"a;b",c');
    expect(withCommas('First,Last\nTeo;x,Quill')).toBe('First,Last\nTeo;x,Quill');
    expect(withCommas('First\tNote\nTeo\tsaid "no", twice')).toBe('First,Note\nTeo,"said ""no"", twice"');
  });
});

describe('rows', () => {
  it('are ready, faulty or here already; a fault comes first', () => {
    expect(stateOf(row(2, 'a'))).toBe('ready');
    expect(stateOf(row(2, 'a', { duplicate_of: 'c' }))).toBe('duplicate');
    expect(stateOf(row(2, 'a', { duplicate_of: 'c', problems: ['x'] }))).toBe('faulty');
    expect(tallyRows([row(2, 'a'), row(3, 'b', { problems: ['x'] })])).toEqual({ ready: 1, faulty: 1, duplicate: 0 });
  });

  it('that were left out can be corrected and brought in again', () => {
    expect(leftOut([row(3, 'b')], 'First,Last\na,b\nc,d\n')).toBe('First,Last\nc,d');
    expect(leftOut([row(3, 'b "x"', { problems: ['No.'] })], 'First,Last\n"a\nb",c')).toBe('line,name,why\n3,"b ""x""","No."');
  });
});

describe('columns', () => {
  it('share no target', () => {
    expect(mapped({ A: 'given_name', B: '' }, 'B', 'given_name')).toEqual({ A: '', B: 'given_name' });
    expect(mapped({ A: '', B: 'phone' }, 'B', '')).toEqual({ A: '', B: '' });
  });

  it('must name the people', () => {
    expect(mappingProblem({ A: 'phone' })).not.toBeNull();
    expect(mappingProblem({ A: 'family_name' })).toBeNull();
  });
});
