import { describe, expect, it } from 'vitest';

import { zoomStep, zoomWithin } from './appearance';
import { deedNamed, deedOf, isAllowed } from './hotkeys';
import { isIdle } from './idle';

const chord = (key: string, held: Partial<Parameters<typeof deedOf>[0]> = {}) => deedOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe('chords', () => {
  it('are heard with Ctrl or Command', () => {
    expect(chord('k', { ctrlKey: true })).toBe('find');
    expect(chord('3', { metaKey: true })).toBe('/calendar');
    expect(chord('ArrowLeft', { altKey: true })).toBe('back');
  });

  it('leave letters, and what belongs to the text field, alone', () => {
    expect(chord('k')).toBeNull();
    expect(chord('a', { ctrlKey: true })).toBeNull();
    // AltGr is Ctrl and Alt together: it writes characters.
    expect(chord('k', { ctrlKey: true, altKey: true })).toBeNull();
    expect(chord('ArrowLeft', { ctrlKey: true })).toBeNull();
  });

  it('have the same deeds in the menu of the window', () => {
    expect(['find', '/today', '/settings', 'new-client', 'keys'].map(deedNamed)).not.toContain(null);
    expect(deedNamed('/elsewhere')).toBeNull();
  });

  it('do not lead away from an open question, but lock over it', () => {
    expect(isAllowed('/today', true)).toBe(false);
    expect(isAllowed('lock', true)).toBe(true);
  });
});

describe('the size of the text', () => {
  it('goes in steps and stays within its bounds', () => {
    expect(zoomStep(100, 1)).toBe(110);
    expect(zoomStep(103, -1)).toBe(100);
    expect(zoomStep(200, 1)).toBe(200);
    expect(zoomStep(175, 0)).toBe(100);
    expect(zoomWithin(900)).toBe(200);
  });
});

describe('idleness', () => {
  it('is reached at the minute, sleep counted, a clock set back not', () => {
    expect(isIdle(0, 599_999, 10)).toBe(false);
    expect(isIdle(0, 600_000, 10)).toBe(true);
    expect(isIdle(9_000_000, 0, 10)).toBe(false);
  });
});
