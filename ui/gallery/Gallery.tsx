import { FilePlus2, UserRound } from 'lucide-react';
import { type ReactNode, useState } from 'react';

import { Shell } from '../src/app/Shell';
import { CommandPalette } from '../src/shared/ui/CommandPalette';
import { ToastRegion } from '../src/shared/ui/ToastRegion';
import { toast } from '../src/shared/ui/toasts';
import { ConflictPage, EnrolPage, NotePage, PartsPage, TodayPage, UnlockPage } from './pages';

const BARE: Readonly<Record<string, () => ReactNode>> = { unlock: UnlockPage, enrol: EnrolPage };

const IN_SHELL: Readonly<Record<string, { readonly at: '/today' | '/caseload' | '/calendar' | '/activity' | '/settings'; readonly draw: () => ReactNode }>> = {
  today: { at: '/today', draw: TodayPage },
  note: { at: '/caseload', draw: () => <NotePage sign={false} /> },
  sign: { at: '/caseload', draw: () => <NotePage sign /> },
  conflict: { at: '/today', draw: ConflictPage },
  parts: { at: '/today', draw: PartsPage },
  palette: { at: '/today', draw: TodayPage },
};

export function Gallery({ screen, online }: { readonly screen: string; readonly online: boolean }) {
  const [finding, setFinding] = useState(screen === 'palette');
  const [query, setQuery] = useState(screen === 'palette' ? 'quil' : '');
  const Bare = BARE[screen];
  if (Bare) return <Bare />;
  const page = IN_SHELL[screen];
  if (!page) return <p>No such screen.</p>;
  const { at, draw: Page } = page;
  return (
    <>
      <Shell
        at={at}
        onGo={(path) => window.location.assign(`?screen=${path.slice(1)}`)}
        onFind={() => setFinding(true)}
        onLock={() => window.location.assign('?screen=unlock')}
        person={{ name: 'Alma Reyes', practice: 'Harbour Lane Counselling' }}
        device="Alma’s laptop"
        sync={online ? { state: 'synced', count: 0, since: '10:06', isOnline: true } : { state: 'waiting', count: 3, since: 'oldest 40 min', isOnline: false }}
        offline={online ? null : { changes: 3, oldest: '40 min', level: 'short' }}
      >
        <Page />
      </Shell>
      <CommandPalette
        isOpen={finding}
        onClose={() => setFinding(false)}
        query={query}
        onQuery={setQuery}
        groups={[
          {
            id: 'clients',
            heading: 'Clients',
            entries: [
              { id: 'p1', word: 'Teodor Quill', note: 'HL-1002, 41, next today 10:00', icon: UserRound, act: () => toast({ text: 'Chart' }) },
              { id: 'p2', word: 'Quilla Amsel', note: 'HL-1417, 29', icon: UserRound, act: () => toast({ text: 'Chart' }) },
            ],
          },
          { id: 'actions', heading: 'Do', entries: [{ id: 'p3', word: 'Write a note for Teodor Quill', icon: FilePlus2, keys: 'Ctrl N', act: () => toast({ text: 'Note' }) }] },
        ]}
      />
      <ToastRegion />
    </>
  );
}
