import type { Edited } from '../../backend/generated/api';
import type { Entry } from './model';

type Facts = Readonly<Record<string, string>>;

/**
 * What changed in a form, each with the text that stood there when the person began: an edit that arrived from
 * another device meanwhile is then seen by the application and kept beside it, instead of being overwritten unseen.
 */
export function changed(begun: Facts, now: Facts): { [key: string]: Edited } {
  return Object.fromEntries(
    Object.entries(now)
      .map(([key, value]) => [key, begun[key] ?? '', value.trim()] as const)
      .filter(([, from, to]) => from !== to)
      .map(([key, from, to]) => [key, { from, to }]),
  );
}

/**
 * An entry of a set goes back whole. What its editor did not touch is taken from where it stands now, so that a
 * colleague's new number is not put back to the old one by somebody who corrected the name.
 */
export function rebased<Key extends string>(begun: Entry<Key>, mine: Entry<Key>, standing: Entry<Key> | undefined): Entry<Key> {
  if (standing === undefined) return mine;
  const keys = Object.keys(mine) as Key[];
  return Object.fromEntries(keys.map((key) => [key, mine[key] === begun[key] ? standing[key] : mine[key]])) as Entry<Key>;
}
