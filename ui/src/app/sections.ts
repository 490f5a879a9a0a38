import { Activity, CalendarDays, type LucideIcon, Settings, Sun, UsersRound } from 'lucide-react';

export interface Section {
  readonly path: '/today' | '/caseload' | '/calendar' | '/activity' | '/settings';
  readonly word: string;
  readonly icon: LucideIcon;
  /** With Ctrl, on a Mac with Command. */
  readonly digit: string;
}

export const SECTIONS: readonly Section[] = [
  { path: '/today', word: 'Today', icon: Sun, digit: '1' },
  { path: '/caseload', word: 'Caseload', icon: UsersRound, digit: '2' },
  { path: '/calendar', word: 'Calendar', icon: CalendarDays, digit: '3' },
  { path: '/activity', word: 'Activity', icon: Activity, digit: '4' },
  { path: '/settings', word: 'Settings', icon: Settings, digit: '5' },
];
