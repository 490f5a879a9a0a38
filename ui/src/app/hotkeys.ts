import { useEffect, useRef } from 'react';

import { hear } from '../backend/events';
import { SECTIONS } from './sections';

const DEEDS = ['find', 'lock', 'back', 'larger', 'smaller', 'size', 'keys', 'new-client'] as const;

export type Deed = (typeof DEEDS)[number] | (typeof SECTIONS)[number]['path'];

/** What an item of the window's menu asks for; `null` for a word that this release does not know. */
export function deedNamed(name: string): Deed | null {
  return DEEDS.find((deed) => deed === name) ?? SECTIONS.find(({ path }) => path === name)?.path ?? null;
}

interface Chord {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** What a chord asks for. There are no single-letter keys: they would fall into somebody's sentence (WCAG 2.1.4). */
export function deedOf({ key, ctrlKey, metaKey, altKey }: Chord): Deed | null {
  if (altKey && !ctrlKey && !metaKey) return key === 'ArrowLeft' ? 'back' : null;
  if (altKey || ctrlKey === metaKey) return null;
  const section = SECTIONS.find(({ digit }) => digit === key);
  if (section !== undefined) return section.path;
  switch (key) {
    case 'k':
    case 'K':
      return 'find';
    case 'l':
    case 'L':
      return 'lock';
    case '+':
    case '=':
      return 'larger';
    case '-':
      return 'smaller';
    case '0':
      return 'size';
    case '/':
      return 'keys';
    default:
      return null;
  }
}

/** While a question is open, only locking and the size of the text answer; everything else would lose the question. */
export function isAllowed(deed: Deed, hasDialog: boolean): boolean {
  return !hasDialog || deed === 'lock' || deed === 'larger' || deed === 'smaller' || deed === 'size';
}

const hasDialog = () => document.querySelector('[data-question]') !== null;

/** Hears the chords and the window's menu, which takes some of the chords before the page sees them. */
export function useHotkeys(act: (deed: Deed) => void): void {
  const current = useRef(act);
  useEffect(() => {
    current.current = act;
  }, [act]);
  useEffect(
    () =>
      hear('backend://deed', ({ deed }) => {
        const named = deedNamed(deed);
        if (named !== null && isAllowed(named, hasDialog())) current.current(named);
      }),
    [],
  );
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const deed = deedOf(event);
      if (deed === null || event.defaultPrevented) return;
      event.preventDefault();
      if (isAllowed(deed, hasDialog())) current.current(deed);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
