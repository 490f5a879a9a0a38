import type { SettingsView } from '../../backend/generated/api';
import type { Choice } from '../../shared/ui/Select';

export const THEMES: readonly Choice[] = [
  { id: 'system', word: 'As the system' },
  { id: 'light', word: 'Light' },
  { id: 'dark', word: 'Dark' },
];

export const CONTRASTS: readonly Choice[] = [
  { id: 'system', word: 'As the system' },
  { id: 'less', word: 'Normal' },
  { id: 'more', word: 'High' },
];

export const MOTIONS: readonly Choice[] = [
  { id: 'system', word: 'As the system' },
  { id: 'full', word: 'Full' },
  { id: 'reduced', word: 'Reduced' },
];

export const FORMATS: readonly Choice[] = [
  { id: 'soap', word: 'SOAP', note: 'subjective, objective, assessment, plan' },
  { id: 'dap', word: 'DAP', note: 'data, assessment, plan' },
  { id: 'birp', word: 'BIRP', note: 'behavior, intervention, response, plan' },
  { id: 'girp', word: 'GIRP', note: 'goal, intervention, response, plan' },
  { id: 'narrative', word: 'Narrative', note: 'one text' },
];

export const NOTIFICATIONS: readonly Choice[] = [
  { id: 'none', word: 'Nothing' },
  { id: 'generic', word: 'That there is an appointment, never whose' },
];

export const LEAST_ZOOM = 50;
export const MOST_ZOOM = 200;
export const ZOOM_STEP = 10;

/** No practice may allow more than a quarter of an hour; what this one allows, the application says when it is asked for more. */
const LOCKS: readonly number[] = [1, 2, 3, 5, 10, 15];

/** Times to lock after; the one in force is always among them. */
export function lockChoices(inForce: number): readonly Choice[] {
  const minutes = [...new Set([...LOCKS, inForce])].toSorted((one, other) => one - other);
  return minutes.map((choice) => ({ id: String(choice), word: choice === 1 ? '1 minute' : `${choice} minutes` }));
}

/** One setting changed; the rest goes back as it is, for the application takes them whole. */
export function withSetting<Key extends keyof SettingsView>(settings: SettingsView, key: Key, value: SettingsView[Key]): SettingsView {
  return { ...settings, [key]: value };
}

export interface PasswordForm {
  readonly current: string;
  readonly next: string;
  readonly again: string;
}

/** What keeps the form from being sent; whether a password is good enough the application says. */
export function passwordProblem({ current, next, again }: PasswordForm): { readonly at: keyof PasswordForm; readonly words: string } | null {
  if (current === '') return { at: 'current', words: 'Enter the password in force.' };
  if (next === '') return { at: 'next', words: 'Enter the new password.' };
  if (next === current) return { at: 'next', words: 'This is the password in force. Choose another.' };
  if (again !== next) return { at: 'again', words: 'The two do not match. Type the new one again.' };
  return null;
}
