import { useRouter } from '@tanstack/react-router';
import { CalendarPlus, FilePlus2, FileText, FileUp, Inbox, Keyboard, LockKeyhole, RefreshCw, UserPlus, UserRound } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';

import type { CallError } from '../backend/call';
import type { ClientRow } from '../backend/generated/api';
import { useCall, useChange } from '../backend/query';
import { findable } from '../features/caseload/model';
import { dayShort } from '../shared/format/civil';
import { CommandPalette, type PaletteEntry } from '../shared/ui/CommandPalette';
import { toast } from '../shared/ui/toasts';
import { clientsFor, inOrder, LEAST_LETTERS, matches, plainSnippet } from './finding';
import type { Deed } from './hotkeys';
import { SECTIONS } from './sections';

interface PaletteProps {
  readonly onClose: () => void;
  readonly onDeed: (deed: Deed) => void;
}

const MOST_HITS = 14;

const say = (error: CallError) => toast({ text: error.message });

/** Ctrl K, connected: the clients of the caseload, the search of this device, and everything that can be done from anywhere. */
export function Palette({ onClose, onDeed }: PaletteProps) {
  const { navigate } = useRouter();
  const [query, setQuery] = useState('');
  const sought = useDeferredValue(query.trim());
  const asks = sought.length >= LEAST_LETTERS;
  const search = useCall('search', { query: sought, limit: MOST_HITS }, { enabled: asks, keepsLast: true });
  const everybody = useCall('clients', { query: '', include_inactive: true });
  const sync = useChange('sync');
  const create = useChange('note_create');
  // A merged record is found in the one that it was merged into.
  const index = useMemo(() => findable((everybody.data ?? []).filter((row) => row.status !== 'merged')), [everybody.data]);
  const { clients, areGuesses } = useMemo(() => clientsFor(index, sought), [index, sought]);
  const notes = asks ? (search.data ?? []) : [];

  // Whoever chooses closes the palette, so what follows an answer cannot hang on this component.
  const write = (client: ClientRow) =>
    void create
      .mutateAsync({ client_id: client.client_id, sections: {}, fields: {} })
      .then((made) => navigate({ to: '/note/$noteId', params: { noteId: made.id } }), say);

  const deeds: readonly PaletteEntry[] = [
    ...(areGuesses ? [] : clients.slice(0, 1)).map((client) => ({ id: 'write', word: `Write a note for ${client.name}`, icon: FilePlus2, act: () => write(client) })),
    ...SECTIONS.map((section) => ({ id: section.path, word: section.word, icon: section.icon, keys: `Ctrl ${section.digit}`, act: () => onDeed(section.path) })),
    { id: 'new-client', word: 'New client', icon: UserPlus, act: () => void navigate({ to: '/caseload', search: { create: true } }) },
    { id: 'book', word: 'Book an appointment', icon: CalendarPlus, act: () => void navigate({ to: '/calendar', search: { book: true } }) },
    { id: 'late-work', word: 'Late work', icon: Inbox, act: () => void navigate({ to: '/quarantine' }) },
    { id: 'import', word: 'Bring clients in from a file', icon: FileUp, act: () => void navigate({ to: '/import' }) },
    {
      id: 'sync',
      word: 'Sync now',
      icon: RefreshCw,
      act: () => void sync.mutateAsync({}).then(() => toast({ text: 'Synced with the practice.' }), say),
    },
    { id: 'lock', word: 'Lock', icon: LockKeyhole, keys: 'Ctrl L', act: () => onDeed('lock') },
    { id: 'keys', word: 'Keys', icon: Keyboard, keys: 'Ctrl /', act: () => onDeed('keys') },
  ].filter((entry) => entry.id === 'write' || matches(entry.word, query));

  const groups = [
    {
      id: 'clients',
      heading: 'Clients',
      entries: clients.map((client) => ({
        id: `client:${client.client_id}`,
        word: client.name,
        note: client.chart_number,
        icon: UserRound,
        act: () => void navigate({ to: '/chart/$clientId', params: { clientId: client.client_id } }),
      })),
    },
    {
      id: 'notes',
      heading: 'Notes',
      entries: notes.flatMap((hit, place) =>
        hit.note_id === null
          ? []
          : [
              {
                id: `note:${hit.note_id}:${place}`,
                word: `${hit.client_name}, ${hit.title}${hit.service_date === null ? '' : `, ${dayShort(hit.service_date)}`}`,
                note: plainSnippet(hit.snippet),
                icon: FileText,
                act: () => void navigate({ to: '/note/$noteId', params: { noteId: hit.note_id ?? '' } }),
              },
            ],
      ),
    },
    { id: 'deeds', heading: 'Do', entries: deeds },
  ];
  const shown = inOrder(groups, areGuesses).filter((group) => group.entries.length > 0);

  return <CommandPalette isOpen onClose={onClose} query={query} onQuery={setQuery} groups={shown} />;
}
