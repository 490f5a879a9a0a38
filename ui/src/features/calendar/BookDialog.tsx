import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';

import type { CallError } from '../../backend/call';
import type { AppointmentBookInput, ClientRow, UserRow } from '../../backend/generated/api';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { SearchCombo } from '../../shared/ui/SearchCombo';
import { Segmented } from '../../shared/ui/Segmented';
import { Select } from '../../shared/ui/Select';
import { TextField } from '../../shared/ui/TextField';
import { findable, findClients } from '../caseload/model';
import { type Slot, slotOf, wallClock } from './model';
import styles from './MoveDialog.module.css';
import { draftOf, SlotFields } from './SlotFields';

export interface BookedFor {
  readonly clientId: string | null;
  readonly clinicianId: string;
  readonly slot: Slot;
}

interface BookDialogProps {
  readonly booked: BookedFor;
  /** Empty until they are read. */
  readonly clients: readonly ClientRow[];
  /** Whose time may be booked; one person only is not asked about. */
  readonly clinicians: readonly UserRow[];
  /** Services that have been booked before, the most usual first. */
  readonly services: readonly string[];
  readonly isBusy: boolean;
  readonly refusal: CallError | null;
  readonly onClose: () => void;
  readonly onBook: (input: AppointmentBookInput) => void;
}

type Modality = 'in_person' | 'video' | 'phone';

const MOST_FOUND = 12;

/** Books. A time that is taken is said before it is refused, and can be booked beside on purpose. */
export function BookDialog({ booked, clients, clinicians, services, isBusy, refusal, onClose, onBook }: BookDialogProps) {
  const [clientId, setClientId] = useState(booked.clientId);
  const [query, setQuery] = useState<string | null>(null);
  const [clinician, setClinician] = useState(booked.clinicianId);
  const [draft, setDraft] = useState(draftOf(booked.slot));
  const [service, setService] = useState('Individual therapy');
  const [modality, setModality] = useState<Modality>('in_person');
  const [place, setPlace] = useState('');
  const [link, setLink] = useState('');

  const index = useMemo(() => findable(clients.filter((row) => row.status !== 'merged')), [clients]);
  const client = clients.find((row) => row.client_id === clientId) ?? null;
  const typed = query ?? client?.name ?? '';
  const asked = useDeferredValue(typed);
  const found = useMemo(() => (clientId !== null || asked.trim() === '' ? [] : findClients(index, asked).slice(0, MOST_FOUND)), [index, asked, clientId]);
  const slot = slotOf(draft.date, draft.start, draft.minutes);
  // Leave to book beside another holds for the time that was refused, and for no other.
  const trying = slot === null ? '' : `${clinician} ${slot.date} ${slot.start} ${slot.end}`;
  const [tried, setTried] = useState<string | null>(null);
  const said = tried === trying || refusal?.code !== 'slot_taken' ? refusal : null;
  const isTaken = said?.code === 'slot_taken';
  const at = (field: string) => refusal?.field_errors.find((problem) => problem.field === field)?.message;

  const book = () => {
    if (clientId === null || slot === null) return;
    setTried(trying);
    onBook({
      client_id: clientId,
      clinician_id: clinician,
      ...wallClock(slot),
      service: service.trim(),
      modality,
      place: modality === 'in_person' ? place.trim() : '',
      video_link: modality === 'video' ? link.trim() : '',
      overlap_allowed: isTaken,
    });
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Book an appointment"
      actions={
        <>
          <Button onPress={onClose}>Do not book</Button>
          <Button tone="primary" isDisabled={clientId === null || slot === null || isBusy} onPress={book}>
            {isTaken ? 'Book it beside the other' : 'Book'}
          </Button>
        </>
      }
    >
      <div className={cx(styles.form)}>
        <SearchCombo
          label="Client"
          placeholder="Name, chart number or birth date"
          isRequired
          autoFocus={clientId === null}
          query={typed}
          onQuery={(next) => {
            if (next === typed) return;
            setQuery(next);
            setClientId(null);
          }}
          found={found.map((row) => ({ id: row.client_id, word: row.name, note: [row.age === null ? '' : String(row.age), row.chart_number].filter(Boolean).join(', ') }))}
          onChoose={({ id }) => {
            setClientId(id);
            setQuery(null);
          }}
          nothing={asked.trim() === '' ? 'Type a few letters of the name.' : 'Nobody matches. A new client is begun in the caseload.'}
          isChosen={clientId !== null}
        />
        {clinicians.length < 2 ? null : (
          <Select label="With" choices={clinicians.map((user) => ({ id: user.user_id, word: user.display_name, note: user.credential }))} value={clinician} onChange={setClinician} />
        )}
        <SlotFields draft={draft} onChange={setDraft} errors={{ date: at('date'), start: at('start') ?? at('time'), end: at('end') }} />
        <SearchCombo
          label="What for"
          query={service}
          onQuery={setService}
          found={services.filter((known) => known !== service && known.toLowerCase().includes(service.trim().toLowerCase())).map((known) => ({ id: known, word: known }))}
          onChoose={({ word }) => setService(word)}
          nothing="Kept as you typed it."
          isChosen={services.includes(service)}
        />
        <Segmented
          label="How you meet"
          value={modality}
          onChange={setModality}
          choices={[
            { id: 'in_person', word: 'In person' },
            { id: 'video', word: 'By video' },
            { id: 'phone', word: 'By phone' },
          ]}
        />
        {modality === 'in_person' ? <TextField label="Where" placeholder="Room 2" value={place} onChange={setPlace} /> : null}
        {modality === 'video' ? (
          <TextField label="Link of the video session" placeholder="https://" hint="Opens in the system’s browser. Can be added later." value={link} onChange={setLink} error={at('video_link')} />
        ) : null}
        {said === null ? null : (
          <Banner tone={isTaken ? 'ochre' : 'brick'} icon={isTaken ? TriangleAlert : CircleAlert}>
            {said.message}
          </Banner>
        )}
      </div>
    </Dialog>
  );
}
