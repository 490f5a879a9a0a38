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

/** The section that an address belongs to: a chart is part of the caseload, a conflict and late work wait on Today. */
export function sectionOf(pathname: string): Section['path'] | null {
  const first = `/${pathname.split('/')[1] ?? ''}`;
  if (first === '/chart' || first === '/note' || first === '/import') return '/caseload';
  if (first === '/conflict' || first === '/quarantine') return '/today';
  return SECTIONS.find((section) => section.path === first)?.path ?? null;
}
