import { ArrowRight } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';

import type { CallError } from '../../backend/call';
import type { ChartView, ClientMergeInput, ClientRow } from '../../backend/generated/api';
import { useCall } from '../../backend/query';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { Icon } from '../../shared/ui/Icon';
import { SearchCombo } from '../../shared/ui/SearchCombo';
import { Skeleton } from '../../shared/ui/Skeleton';
import { TextField } from '../../shared/ui/TextField';
import { RadioGroup } from '../../shared/ui/Toggles';
import { findable, findClients } from '../caseload/model';
import styles from './MergeDialog.module.css';
import { factWord, NAME_FACTS, PRACTICE_FACTS, REACH_FACTS } from './model';

interface MergeDialogProps {
  readonly view: ChartView;
  readonly isBusy: boolean;
  readonly refusal: CallError | null;
  readonly onClose: () => void;
  readonly onMerge: (input: ClientMergeInput) => void;
}

const MOST_FOUND = 12;
const COMPARED: readonly string[] = [...NAME_FACTS, ...REACH_FACTS, ...PRACTICE_FACTS].map((spec) => spec.key);

/** Two records of one person become one. Both stand side by side first: this cannot be taken back. */
export function MergeDialog({ view, isBusy, refusal, onClose, onMerge }: MergeDialogProps) {
  const everybody = useCall('clients', { query: '', include_inactive: true });
  const [query, setQuery] = useState('');
  const asked = useDeferredValue(query);
  const [other, setOther] = useState<ClientRow | null>(null);
  const [keep, setKeep] = useState<'this' | 'other'>('this');
  const [reason, setReason] = useState('');
  const beside = useCall('chart', { client_id: other?.client_id ?? '' }, { enabled: other !== null });
  const index = useMemo(
    () => findable((everybody.data ?? []).filter((row) => row.client_id !== view.client.client_id && row.status !== 'merged')),
    [everybody.data, view.client.client_id],
  );
  const found = useMemo(() => (asked.trim() === '' ? [] : findClients(index, asked).slice(0, MOST_FOUND)), [index, asked]);
  const mine = view.client;
  const kept = keep === 'this' ? mine : other;
  const given = keep === 'this' ? other : mine;

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Fold together with a duplicate"
      width="wide"
      actions={
        <>
          <Button onPress={onClose}>Leave both as they are</Button>
          <Button
            tone="danger"
            isDisabled={kept === null || given === null || reason.trim() === '' || isBusy}
            onPress={() => {
              if (kept !== null && given !== null) onMerge({ from: given.client_id, into: kept.client_id, reason: reason.trim() });
            }}
          >
            Fold the records together
          </Button>
        </>
      }
    >
      <div className={cx(styles.merge)}>
        <SearchCombo
          label="The other record of the same person"
          placeholder="Name, chart number or birth date"
          autoFocus
          query={query}
          onQuery={(next) => {
            setQuery(next);
            if (other !== null && next !== other.name) setOther(null);
          }}
          found={other === null ? found.map((row) => ({ id: row.client_id, word: row.name, note: [row.birth_date ?? 'no birth date', row.chart_number].filter(Boolean).join(', ') })) : []}
          onChoose={({ id }) => {
            const chosen = found.find((row) => row.client_id === id) ?? null;
            setOther(chosen);
            setQuery(chosen?.name ?? '');
          }}
          nothing={asked.trim() === '' ? 'Type a few letters of the name.' : 'Nobody else matches.'}
          isChosen={other !== null}
        />
        {other === null ? (
          <p className={cx(styles.quiet)}>One record is kept and takes in the other’s facts, contacts and policies. Notes and appointments stay where they are and remain readable; nothing that was signed changes.</p>
        ) : beside.data === undefined ? (
          <Skeleton rows={6} label="Opening the other record" />
        ) : (
          <>
            <RadioGroup
              label="Keep"
              inline
              value={keep}
              onChange={setKeep}
              choices={[
                { id: 'this', word: `${mine.name}, ${mine.chart_number === '' ? 'without a number' : mine.chart_number}` },
                { id: 'other', word: `${other.name}, ${other.chart_number === '' ? 'without a number' : other.chart_number}` },
              ]}
            />
            <Compared mine={view} other={beside.data} keep={keep} />
            <TextField label="How do you know that this is the same person?" hint="Kept in the record that is folded." isRequired value={reason} onChange={setReason} />
            <p className={cx(styles.way)}>
              {given?.name} <Icon as={ArrowRight} size={14} label="is folded into" /> <strong>{kept?.name}</strong>. This cannot be taken back.
            </p>
          </>
        )}
        {refusal === null ? null : (
          <p role="alert" className={cx(styles.refusal)}>
            {refusal.message}
          </p>
        )}
      </div>
    </Dialog>
  );
}

function Compared({ mine, other, keep }: { readonly mine: ChartView; readonly other: ChartView; readonly keep: 'this' | 'other' }) {
  const rows = COMPARED.map((key) => ({ key, mine: mine.facts[key] ?? '', other: other.facts[key] ?? '' })).filter((row) => row.mine !== '' || row.other !== '');
  return (
    <table className={cx(styles.table)}>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Fact</span>
          </th>
          <th scope="col">This record</th>
          <th scope="col">The other</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const differs = row.mine !== row.other;
          // What the kept record lacks is filled from the other; what differs stays as the kept one has it.
          const stays = keep === 'this' ? (row.mine === '' ? 'other' : 'mine') : row.other === '' ? 'mine' : 'other';
          return (
            <tr key={row.key}>
              <th scope="row">{factWord(row.key)}</th>
              <td data-stays={(differs && stays === 'mine') || undefined} data-goes={(differs && stays !== 'mine') || undefined}>
                {row.mine}
              </td>
              <td data-stays={(differs && stays === 'other') || undefined} data-goes={(differs && stays !== 'other') || undefined}>
                {row.other}
              </td>
            </tr>
          );
        })}
        <tr>
          <th scope="row">Notes</th>
          <td>{mine.notes.length.toLocaleString()}</td>
          <td>{other.notes.length.toLocaleString()}</td>
        </tr>
        <tr>
          <th scope="row">Appointments</th>
          <td>{mine.appointments.length.toLocaleString()}</td>
          <td>{other.appointments.length.toLocaleString()}</td>
        </tr>
      </tbody>
    </table>
  );
}
