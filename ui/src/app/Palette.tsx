import { useRouter } from '@tanstack/react-router';
import { CalendarPlus, FilePlus2, FileText, FileUp, Keyboard, LockKeyhole, RefreshCw, UserPlus, UserRound } from 'lucide-react';
import { useDeferredValue, useState } from 'react';

import type { SearchHit } from '../backend/generated/api';
import { useCall, useChange } from '../backend/query';
import { dayShort } from '../shared/format/civil';
import { CommandPalette, type PaletteEntry } from '../shared/ui/CommandPalette';
import { toast } from '../shared/ui/toasts';
import type { Deed } from './hotkeys';
import { matches, plainSnippet } from './finding';
import { SECTIONS } from './sections';

interface PaletteProps {
  readonly onClose: () => void;
  readonly onDeed: (deed: Deed) => void;
}

/** Fewer letters than this are in every note. */
const LEAST_LETTERS = 2;
const MOST_HITS = 14;

/** Ctrl K, connected: the search of this device, and everything that can be done from anywhere. */
export function Palette({ onClose, onDeed }: PaletteProps) {
  const { navigate } = useRouter();
  const [query, setQuery] = useState('');
  const sought = useDeferredValue(query.trim());
  const asks = sought.length >= LEAST_LETTERS;
  const search = useCall('search', { query: sought, limit: MOST_HITS }, { enabled: asks, keepsLast: true });
  const sync = useChange('sync');
  const create = useChange('note_create');
  const hits = asks ? (search.data ?? []) : [];
  const clients = hits.filter((hit) => hit.kind === 'client');
  const notes = hits.filter((hit) => hit.kind !== 'client');

  const write = (client: SearchHit) =>
    create.mutate(
      { client_id: client.client_id, sections: {}, fields: {} },
      {
        onSuccess: (made) => void navigate({ to: '/note/$noteId', params: { noteId: made.id } }),
        onError: (error) => toast({ text: error.message }),
      },
    );

  const deeds: readonly PaletteEntry[] = [
    ...clients.slice(0, 1).map((client) => ({ id: 'write', word: `Write a note for ${client.client_name}`, icon: FilePlus2, act: () => write(client) })),
    ...SECTIONS.map((section) => ({ id: section.path, word: section.word, icon: section.icon, keys: `Ctrl ${section.digit}`, act: () => onDeed(section.path) })),
    { id: 'new-client', word: 'New client', icon: UserPlus, act: () => void navigate({ to: '/caseload', search: { create: true } }) },
    { id: 'book', word: 'Book an appointment', icon: CalendarPlus, act: () => void navigate({ to: '/calendar', search: { book: true } }) },
    { id: 'import', word: 'Bring clients in from a file', icon: FileUp, act: () => void navigate({ to: '/import' }) },
    {
      id: 'sync',
      word: 'Sync now',
      icon: RefreshCw,
      act: () => sync.mutate({}, { onError: (error) => toast({ text: error.message }), onSuccess: () => toast({ text: 'Synced with the practice.' }) }),
    },
    { id: 'lock', word: 'Lock', icon: LockKeyhole, keys: 'Ctrl L', act: () => onDeed('lock') },
    { id: 'keys', word: 'Keys', icon: Keyboard, keys: 'Ctrl /', act: () => onDeed('keys') },
  ].filter((entry) => entry.id === 'write' || matches(entry.word, query));

  const groups = [
    {
      id: 'clients',
      heading: 'Clients',
      entries: clients.map((hit) => ({
        id: `client:${hit.client_id}`,
        word: hit.client_name,
        note: plainSnippet(hit.snippet),
        icon: UserRound,
        act: () => void navigate({ to: '/chart/$clientId', params: { clientId: hit.client_id } }),
      })),
    },
    {
      id: 'notes',
      heading: 'Notes',
      entries: notes.flatMap((hit, index) =>
        hit.note_id === null
          ? []
          : [
              {
                id: `note:${hit.note_id}:${index}`,
                word: `${hit.client_name}, ${hit.title}${hit.service_date === null ? '' : `, ${dayShort(hit.service_date)}`}`,
                note: plainSnippet(hit.snippet),
                icon: FileText,
                act: () => void navigate({ to: '/note/$noteId', params: { noteId: hit.note_id ?? '' } }),
              },
            ],
      ),
    },
    { id: 'deeds', heading: 'Do', entries: deeds },
  ].filter((group) => group.entries.length > 0);

  return <CommandPalette isOpen onClose={onClose} query={query} onQuery={setQuery} groups={groups} />;
}
