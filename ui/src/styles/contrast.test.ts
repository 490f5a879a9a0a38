import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { CONTRASTS, MOTIONS, THEMES } from '../features/settings/model';

/** WCAG 2.2: 4.5 for text (1.4.3), 3 for the edges of controls, focus and marks (1.4.11). */
const TEXT = 4.5;
const EDGE = 3;
/** What high contrast adds: 7 for text (1.4.6), and edges that would do for text. */
const MORE: Readonly<Record<number, number>> = { [TEXT]: 7, [EDGE]: TEXT };

type Theme = 'light' | 'dark';

const sheet = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
const normal = sheet.slice(0, sheet.indexOf('/* Type.'));
const highContrast = sheet.slice(sheet.indexOf(":root[data-contrast='more']"), sheet.indexOf('@media (prefers-reduced-motion'));

function tokens(css: string): Map<string, Record<Theme, string>> {
  const found = new Map<string, Record<Theme, string>>();
  for (const [, name = '', light = '', dark = ''] of css.matchAll(/--([\w-]+): light-dark\((oklch\([^)]*\)), (oklch\([^)]*\))\)/g)) {
    found.set(name, { light, dark });
  }
  return found;
}

const clip = (channel: number) => Math.min(1, Math.max(0, channel));

/** Relative luminance (WCAG) of an opaque OKLCH colour, by Björn Ottosson's matrices. */
function luminance(colour: string): number {
  const [lightness = 0, chroma = 0, hue = 0] = colour.slice('oklch('.length, -1).split(' ').map(Number);
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const red = clip(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short);
  const green = clip(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short);
  const blue = clip(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ['desk', 'sheet', 'sheet-sunken', 'sheet-raised', 'hover', 'pressed'];
const MEANINGS = ['lake', 'moss', 'ochre', 'brick', 'plum'];

const pairs: readonly (readonly [string, string, number])[] = [
  ...GROUNDS.flatMap((ground) => ['ink', 'ink-2', 'ink-3'].map((ink) => [ink, ground, TEXT] as const)),
  ...MEANINGS.flatMap((tone) => [`${tone}-soft`, ...GROUNDS.slice(0, 5)].map((ground) => [tone, ground, TEXT] as const)),
  ...MEANINGS.flatMap((tone) => ['ink', 'ink-2', 'ink-3'].map((ink) => [ink, `${tone}-soft`, TEXT] as const)),
  ['on-lake', 'lake-fill', TEXT],
  ['on-lake', 'lake-fill-hover', TEXT],
  ['on-brick', 'brick-fill', TEXT],
  ['ink', 'selection', TEXT],
  ...GROUNDS.map((ground) => ['focus', ground, EDGE] as const),
  ...GROUNDS.slice(0, 4).map((ground) => ['line-field', ground, EDGE] as const),
  ...['moss-mark', 'brick-mark', 'plum-mark'].map((mark) => [mark, 'sheet', EDGE] as const),
];

function failures(colours: ReadonlyMap<string, Record<Theme, string>>, theme: Theme, over: ReadonlyMap<string, Record<Theme, string>> = new Map()): string[] {
  return pairs.flatMap(([fore, ground, aa]) => {
    const least = over.size === 0 ? aa : (MORE[aa] ?? aa);
    const top = over.get(fore) ?? colours.get(fore);
    const under = over.get(ground) ?? colours.get(ground);
    if (!top || !under) return [`${fore} or ${ground} is not a token`];
    const reached = contrast(top[theme], under[theme]);
    return reached >= least ? [] : [`${fore} on ${ground}: ${reached.toFixed(2)} of ${least}`];
  });
}

describe('colours', () => {
  const colours = tokens(normal);

  it.each(['light', 'dark'] as const)('reach AA in the %s theme', (theme) => {
    expect(failures(colours, theme)).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('reach AAA with high contrast in the %s theme', (theme) => {
    expect(failures(colours, theme, tokens(highContrast))).toEqual([]);
  });

  it('mean the same in both lists of high contrast', () => {
    const wished = sheet.slice(sheet.indexOf('@media (prefers-contrast: more)'), sheet.indexOf(":root[data-contrast='more']"));
    expect(tokens(wished)).toEqual(tokens(highContrast));
  });

  it('would be caught if they did not', () => {
    const faded = new Map(colours).set('ink-3', { light: 'oklch(0.7 0 0)', dark: 'oklch(0.5 0 0)' });
    expect(failures(faded, 'light')).not.toEqual([]);
    expect(failures(faded, 'dark')).not.toEqual([]);
  });
});

/** A value that no rule names, or a rule for a value that cannot be chosen, is a setting that does nothing. */
describe('the sheet', () => {
  it.each([
    ['theme', THEMES],
    ['contrast', CONTRASTS],
    ['motion', MOTIONS],
  ] as const)('knows each value of %s that can be set', (name, choices) => {
    const known = [...sheet.matchAll(new RegExp(`\\[data-${name}='(\\w+)'\\]`, 'g'))].map(([, value]) => value);
    expect(new Set(known)).toEqual(new Set(choices.map((choice) => choice.id).filter((id) => id !== 'system')));
  });
});
