import type { ClientRow } from '../backend/generated/api';
import { type Findable, findClients, folded, someFitAsTyped } from '../features/caseload/model';

/** Fewer letters than this are in every name and every note. */
export const LEAST_LETTERS = 2;
const MOST_CLIENTS = 7;

/** Clients as the caseload finds and orders them, and whether nobody fits as typed. */
export function clientsFor(index: readonly Findable[], query: string): { readonly clients: readonly ClientRow[]; readonly areGuesses: boolean } {
  if (folded(query).length < LEAST_LETTERS) return { clients: [], areGuesses: false };
  return { clients: findClients(index, query).slice(0, MOST_CLIENTS), areGuesses: !someFitAsTyped(index, query) };
}

/** What was found, clients first. Enter takes the first of all, so guesses at a name stand behind whatever fits as typed. */
export function inOrder<Group>(groups: readonly Group[], areGuesses: boolean): readonly Group[] {
  return areGuesses ? [...groups.slice(1), ...groups.slice(0, 1)] : groups;
}

const fold = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();

/** Whether every word of the query begins a word of the entry: `bo ap` finds *Book an appointment*. */
export function matches(word: string, query: string): boolean {
  const words = fold(word).split(/\s+/u);
  return fold(query)
    .split(/\s+/u)
    .filter((part) => part !== '')
    .every((part) => words.some((candidate) => candidate.startsWith(part)));
}

/** A passage as one line. */
export function plainSnippet(snippet: string): string {
  return snippet.replaceAll(/\s+/gu, ' ').trim();
}
