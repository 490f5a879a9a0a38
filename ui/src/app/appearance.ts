import { useEffect } from 'react';

import type { AppearanceView } from '../backend/generated/api';

const LEAST_ZOOM = 50;
const MOST_ZOOM = 200;

/**
 * Puts the settings on the document. `system` leaves the choice to the operating system. Every measure is in rem,
 * so the size of the root's type is the zoom: it works alike in every web view and survives a restart.
 */
export function useAppearance(settings: AppearanceView | undefined): void {
  useEffect(() => {
    if (settings === undefined) return;
    const root = document.documentElement;
    for (const [key, value] of Object.entries({ theme: settings.theme, contrast: settings.contrast, motion: settings.motion })) {
      if (value === 'system') delete root.dataset[key];
      else root.dataset[key] = value;
    }
    root.style.fontSize = `${zoomWithin(settings.zoom)}%`;
  }, [settings]);
}

export function zoomWithin(percent: number): number {
  return Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, percent));
}

const STEPS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200];

/** The next size of text in a direction; 0 is the size it came with. */
export function zoomStep(from: number, direction: -1 | 0 | 1): number {
  if (direction === 0) return 100;
  const next = direction === 1 ? STEPS.find((step) => step > from) : STEPS.findLast((step) => step < from);
  return next ?? from;
}
