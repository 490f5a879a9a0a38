import type { Choice } from '../../shared/ui/Select';

export interface Appearance {
  readonly theme: 'system' | 'light' | 'dark';
  readonly contrast: 'system' | 'normal' | 'more';
  readonly motion: 'system' | 'full' | 'reduced';
  /** Per cent of the web view's own zoom, 50 to 200. */
  readonly zoom: number;
}

export type NotificationLevel = 'nothing' | 'generic' | 'initials' | 'name';

export const ZOOM_STEPS: readonly number[] = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200];

export const LOCK_CHOICES: readonly Choice[] = ['2', '5', '10', '15', '30'].map((minutes) => ({ id: minutes, word: `${minutes} minutes` }));

export const NOTIFICATION_CHOICES: readonly Choice<NotificationLevel>[] = [
  { id: 'nothing', word: 'Nothing' },
  { id: 'generic', word: 'That there is an appointment' },
  { id: 'initials', word: 'The client’s initials' },
  { id: 'name', word: 'The client’s name' },
];

/** Sets what the style sheets read; `system` leaves the choice to the operating system. */
export function dress(root: HTMLElement, { theme, contrast, motion }: Appearance): void {
  for (const [key, value] of Object.entries({ theme, contrast, motion })) {
    if (value === 'system') delete root.dataset[key];
    else root.dataset[key] = value;
  }
}
