import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';

import { useCall, useChange } from '../../backend/query';
import { keep } from '../../shared/kept';
import { Loaded } from '../../shared/ui/Loaded';
import { toast } from '../../shared/ui/toasts';
import { Caseload } from './Caseload';
import { CaseloadTable } from './CaseloadTable';
import { findable, findClients } from './model';
import { NEW_CLIENT_FORM, NewClientDialog } from './NewClientDialog';
import { caseloadRow } from './rows';

interface CaseloadPageProps {
  /** Opens with the dialog for a new client. */
  readonly creates: boolean;
}

const MAKES_CLIENTS: readonly string[] = ['clinician', 'practice_manager', 'front_desk'];
const ASSIGNS: readonly string[] = ['practice_manager', 'supervisor'];

export function CaseloadPage({ creates }: CaseloadPageProps) {
  const navigate = useNavigate();
  const who = useCall('whoami', {});
  const settings = useCall('settings', {});
  const save = useChange('settings_save');
  // The choice shows at once; the settings follow.
  const showsInactive = save.isPending ? save.variables.show_inactive : (settings.data?.show_inactive ?? false);
  const clients = useCall('clients', { query: '', include_inactive: showsInactive }, { enabled: settings.data !== undefined, keepsLast: true });
  const [query, setQuery] = useState('');
  const asked = useDeferredValue(query);

  const roles = who.data?.roles ?? [];
  const mayCreate = roles.some((role) => MAKES_CLIENTS.includes(role));
  const mayAssign = roles.some((role) => ASSIGNS.includes(role));
  const index = useMemo(() => findable(clients.data ?? []), [clients.data]);
  const found = useMemo(() => findClients(index, asked), [index, asked]);
  const today = who.data?.today;
  const rows = useMemo(() => (today === undefined ? undefined : found.map((row) => caseloadRow(row, today))), [found, today]);

  const open = (clientId: string) => void navigate({ to: '/chart/$clientId', params: { clientId } });
  const create = mayCreate ? () => void navigate({ to: '/caseload', search: { create: true } }) : null;

  return (
    <>
      <Caseload
        counts={clients.data === undefined ? null : { shown: found.length, total: clients.data.length }}
        query={query}
        onQuery={setQuery}
        showsInactive={showsInactive}
        onShowInactive={(shows) => {
          if (settings.data) save.mutate({ ...settings.data, show_inactive: shows });
        }}
        onFirst={() => {
          // What is typed counts, not what has been drawn so far.
          const [first] = findClients(index, query);
          if (first) open(first.client_id);
        }}
        onCreate={create}
        onImport={mayCreate ? () => void navigate({ to: '/import' }) : null}
      >
        <Loaded answer={{ ...clients, data: clients.data === undefined ? undefined : rows, error: clients.error ?? who.error ?? settings.error }} what="the caseload" rows={14}>
          {(shown) => <CaseloadTable rows={shown} query={asked} showsClinicians={mayAssign || !roles.includes('clinician')} showsStatus={showsInactive} onOpen={open} onCreate={create} />}
        </Loaded>
      </Caseload>
      {creates && mayCreate ? (
        <CreateClient mayAssign={mayAssign} treats={roles.includes('clinician')} onClose={() => void navigate({ to: '/caseload' })} onOpen={open} />
      ) : null}
    </>
  );
}

interface CreateClientProps {
  readonly mayAssign: boolean;
  /** The user treats clients herself: a new one is hers unless she says otherwise. */
  readonly treats: boolean;
  readonly onClose: () => void;
  readonly onOpen: (id: string) => void;
}

function CreateClient({ mayAssign, treats, onClose, onOpen }: CreateClientProps) {
  // Whoever was discharged may come back: the search for lookalikes leaves nobody out.
  const everybody = useCall('clients', { query: '', include_inactive: true });
  const users = useCall('users', {}, { enabled: mayAssign });
  const create = useChange('client_create');
  const clinicians = mayAssign ? (users.data ?? []).filter((user) => user.roles.includes('clinician')) : null;
  return (
    <NewClientDialog
      among={everybody.data ?? []}
      clinicians={clinicians}
      isYours={treats}
      isBusy={create.isPending}
      refusal={create.error}
      onClose={onClose}
      onOpen={onOpen}
      onCreate={(input) =>
        create.mutate(input, {
          onSuccess: ({ id }) => {
            keep(NEW_CLIENT_FORM, null);
            toast({ text: 'Record begun, saved on this device' });
            onOpen(id);
          },
        })
      }
    />
  );
}
