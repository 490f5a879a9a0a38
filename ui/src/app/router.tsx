import { createMemoryHistory, createRootRoute, createRoute, createRouter, redirect, useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { ActivityPage } from '../features/activity/ActivityPage';
import { CalendarPage } from '../features/calendar/CalendarPage';
import { CaseloadPage } from '../features/caseload/CaseloadPage';
import { ChartPage } from '../features/chart/ChartPage';
import { ConflictPage } from '../features/conflict/ConflictPage';
import { ImportPage } from '../features/import/ImportPage';
import { Addenda } from '../features/notes/Addenda';
import { NotePage } from '../features/notes/NotePage';
import { NoteReader } from '../features/notes/NoteReader';
import { QuarantinePage } from '../features/quarantine/QuarantinePage';
import { WorkPage } from '../features/quarantine/WorkPage';
import { SettingsPage } from '../features/settings/SettingsPage';
import { TodayPage } from '../features/today/TodayPage';
import { ErrorBoundary } from '../shared/ui/ErrorScreen';
import { Desk } from './Desk';

const root = createRootRoute({ component: Desk });

/** Every screen has its own boundary; another address is another screen, so a failure does not follow. */
function Screen({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const at = useLocation({ select: (location) => location.pathname });
  return (
    <ErrorBoundary key={at} screen={name}>
      {children}
    </ErrorBoundary>
  );
}

/** Addresses are made by this program only; what is not of the expected kind is left out. */
const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const yes = (value: unknown): true | undefined => (value === true ? true : undefined);
const span = (value: unknown): 'day' | 'week' | undefined => (value === 'day' || value === 'week' ? value : undefined);

/** Leaves absent keys out, so that an address holds only what was said. */
function said<Search extends object>(search: Search): { [K in keyof Search]?: Exclude<Search[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as { [K in keyof Search]?: Exclude<Search[K], undefined> };
}

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- the router's own way to send somebody on
    throw redirect({ to: '/today' });
  },
});

const today = createRoute({
  getParentRoute: () => root,
  path: '/today',
  component: function TodayRoute() {
    return (
      <Screen name="today">
        <TodayPage />
      </Screen>
    );
  },
});

const caseload = createRoute({
  getParentRoute: () => root,
  path: '/caseload',
  validateSearch: (search: Record<string, unknown>) => said({ create: yes(search['create']) }),
  component: function CaseloadRoute() {
    const { create } = caseload.useSearch();
    return (
      <Screen name="the caseload">
        <CaseloadPage creates={create ?? false} />
      </Screen>
    );
  },
});

const chart = createRoute({
  getParentRoute: () => root,
  path: '/chart/$clientId',
  validateSearch: (search: Record<string, unknown>) => said({ tab: word(search['tab']), note: word(search['note']) }),
  component: function ChartRoute() {
    const { clientId } = chart.useParams();
    const { tab, note } = chart.useSearch();
    return (
      <Screen name="the chart">
        <ChartPage
          key={clientId}
          clientId={clientId}
          tab={tab ?? null}
          noteId={note ?? null}
          reader={(view) => (
            <>
              <NoteReader note={view} />
              <Addenda note={view} isReadOnly />
            </>
          )}
        />
      </Screen>
    );
  },
});

const note = createRoute({
  getParentRoute: () => root,
  path: '/note/$noteId',
  validateSearch: (search: Record<string, unknown>) => said({ section: word(search['section']) }),
  component: function NoteRoute() {
    const { noteId } = note.useParams();
    const { section } = note.useSearch();
    return (
      <Screen name="the note">
        <NotePage key={noteId} noteId={noteId} section={section ?? null} />
      </Screen>
    );
  },
});

const conflict = createRoute({
  getParentRoute: () => root,
  path: '/conflict/$noteId',
  component: function ConflictRoute() {
    const { noteId } = conflict.useParams();
    return (
      <Screen name="the two texts">
        <ConflictPage key={noteId} noteId={noteId} />
      </Screen>
    );
  },
});

const quarantine = createRoute({
  getParentRoute: () => root,
  path: '/quarantine',
  component: function QuarantineRoute() {
    return (
      <Screen name="the late work">
        <QuarantinePage />
      </Screen>
    );
  },
});

const work = createRoute({
  getParentRoute: () => root,
  path: '/quarantine/$noteId/$authorId',
  component: function WorkRoute() {
    const { noteId, authorId } = work.useParams();
    return (
      <Screen name="the late work">
        <WorkPage key={`${noteId}:${authorId}`} noteId={noteId} authorId={authorId} />
      </Screen>
    );
  },
});

const calendar = createRoute({
  getParentRoute: () => root,
  path: '/calendar',
  validateSearch: (search: Record<string, unknown>) =>
    said({
      date: word(search['date']),
      span: span(search['span']),
      book: yes(search['book']),
      client: word(search['client']),
    }),
  component: function CalendarRoute() {
    const { date, span, book, client } = calendar.useSearch();
    return (
      <Screen name="the calendar">
        <CalendarPage date={date ?? null} span={span ?? null} books={book ?? false} clientId={client ?? null} />
      </Screen>
    );
  },
});

const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  validateSearch: (search: Record<string, unknown>) => said({ tab: word(search['tab']) }),
  component: function ActivityRoute() {
    const { tab } = activity.useSearch();
    return (
      <Screen name="the activity log">
        <ActivityPage tab={tab ?? null} />
      </Screen>
    );
  },
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: function SettingsRoute() {
    return (
      <Screen name="the settings">
        <SettingsPage />
      </Screen>
    );
  },
});

const bring = createRoute({
  getParentRoute: () => root,
  path: '/import',
  component: function ImportRoute() {
    return (
      <Screen name="the import">
        <ImportPage />
      </Screen>
    );
  },
});

/**
 * The history lives in memory: the web view writes every address it sees into a history file of its own,
 * and which charts were open when is nobody's business. Scroll restoration stays off, it would write to
 * the session storage.
 */
export const router = createRouter({
  routeTree: root.addChildren([home, today, caseload, chart, note, conflict, quarantine, work, calendar, activity, settings, bring]),
  history: createMemoryHistory({ initialEntries: ['/today'] }),
  scrollRestoration: false,
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
