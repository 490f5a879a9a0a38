import { Plus } from 'lucide-react';
import { type FormEvent, useDeferredValue, useState } from 'react';

import type { CallError } from '../../backend/call';
import type { CodeRow, DiagnosisAddInput, DiagnosisView } from '../../backend/generated/api';
import { useCall } from '../../backend/query';
import { dayShort } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { DatePicker } from '../../shared/ui/DateFields';
import { Dialog } from '../../shared/ui/Dialog';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Panel } from '../../shared/ui/Panel';
import { SearchCombo } from '../../shared/ui/SearchCombo';
import { Select } from '../../shared/ui/Select';
import styles from './DiagnosesTab.module.css';

interface DiagnosesTabProps {
  readonly diagnoses: readonly DiagnosisView[];
  readonly today: string;
  readonly mayDiagnose: boolean;
  readonly onAdd: (input: Omit<DiagnosisAddInput, 'client_id'>) => Promise<CallError | null>;
  readonly onEnd: (diagnosisId: string, endedOn: string) => Promise<CallError | null>;
}

/** What stands on the chart, the primary first; what ended stays readable below. */
export function DiagnosesTab({ diagnoses, today, mayDiagnose, onAdd, onEnd }: DiagnosesTabProps) {
  const [ending, setEnding] = useState<DiagnosisView | null>(null);
  const active = diagnoses.filter((diagnosis) => diagnosis.ended_on === null);
  const ended = diagnoses.filter((diagnosis) => diagnosis.ended_on !== null);
  return (
    <div className={cx(styles.diagnoses)}>
      {mayDiagnose ? <AddDiagnosis today={today} nextRank={active.length + 1} onAdd={onAdd} /> : null}
      {active.length === 0 ? (
        <EmptyState title="No diagnosis on the chart">
          {mayDiagnose ? 'Type a code or a few words above. A note can be written without one; before it is signed, it will ask.' : 'The treating clinician adds diagnoses.'}
        </EmptyState>
      ) : (
        <Panel title="On the chart">
          <ol className={cx(styles.list)}>
            {active.map((diagnosis) => (
              <li key={diagnosis.diagnosis_id} className={cx(styles.row)}>
                <Words diagnosis={diagnosis} />
                <span className={cx(styles.quiet)} data-figures>
                  since {dayShort(diagnosis.noted_on)}
                </span>
                {mayDiagnose ? (
                  <Button small aria-label={`End ${diagnosis.code}`} onPress={() => setEnding(diagnosis)}>
                    End…
                  </Button>
                ) : (
                  <span />
                )}
              </li>
            ))}
          </ol>
        </Panel>
      )}
      {ended.length === 0 ? null : (
        <Panel title="Ended">
          <ol className={cx(styles.list)} data-ended>
            {ended.map((diagnosis) => (
              <li key={diagnosis.diagnosis_id} className={cx(styles.row)}>
                <Words diagnosis={diagnosis} />
                <span className={cx(styles.quiet)} data-figures>
                  {dayShort(diagnosis.noted_on)} – {diagnosis.ended_on === null ? '' : dayShort(diagnosis.ended_on)}
                </span>
                <span />
              </li>
            ))}
          </ol>
        </Panel>
      )}
      {ending === null ? null : <EndDialog diagnosis={ending} today={today} onClose={() => setEnding(null)} onEnd={onEnd} />}
    </div>
  );
}

function Words({ diagnosis }: { readonly diagnosis: DiagnosisView }) {
  return (
    <>
      <span className={cx(styles.code)}>{diagnosis.code}</span>
      <span className={cx(styles.name)}>
        {diagnosis.description}
        {diagnosis.rank === 1 && diagnosis.ended_on === null ? <span className={cx(styles.primary)}>Primary</span> : null}
      </span>
    </>
  );
}

interface AddDiagnosisProps {
  readonly today: string;
  readonly nextRank: number;
  readonly onAdd: DiagnosesTabProps['onAdd'];
}

const MOST_RANKS = 12;

function AddDiagnosis({ today, nextRank, onAdd }: AddDiagnosisProps) {
  const [query, setQuery] = useState('');
  const asked = useDeferredValue(query.trim());
  const [code, setCode] = useState<CodeRow | null>(null);
  const [rank, setRank] = useState<string | null>(null);
  const [since, setSince] = useState<string | null>(today);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<CallError | null>(null);
  const codes = useCall('diagnosis_codes', { query: asked, limit: 30 }, { enabled: asked !== '' && code === null, keepsLast: true });
  const error = (field: string) => refusal?.field_errors.find((problem) => problem.field === field)?.message;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (code === null) return;
    setBusy(true);
    const refused = await onAdd({ code: code.code, description: code.description, rank: Number(rank ?? nextRank), ...(since === null ? {} : { noted_on: since }) });
    setBusy(false);
    setRefusal(refused);
    if (refused !== null) return;
    setQuery('');
    setCode(null);
    setRank(null);
  };

  return (
    <form className={cx(styles.add)} noValidate onSubmit={(event) => void submit(event)}>
      <div className={cx(styles.search)}>
        <SearchCombo
          label="Add a diagnosis"
          placeholder="F41.1, or a few words of it"
          query={query}
          onQuery={(next) => {
            setQuery(next);
            if (code !== null && next !== `${code.code} ${code.description}`) setCode(null);
          }}
          found={asked === '' || code !== null ? [] : (codes.data ?? []).map((row) => ({ id: row.code, word: `${row.code} ${row.description}` }))}
          onChoose={({ id }) => {
            const chosen = codes.data?.find((row) => row.code === id);
            if (!chosen) return;
            setCode(chosen);
            setQuery(`${chosen.code} ${chosen.description}`);
          }}
          nothing={asked === '' ? 'Type a code or a few words.' : 'No code of ICD-10-CM for mental and behavioural health matches.'}
          isChosen={code !== null}
          error={error('code')}
        />
      </div>
      <Select
        label="Order"
        choices={Array.from({ length: Math.max(MOST_RANKS, nextRank) }, (_, index) => ({ id: String(index + 1), word: index === 0 ? 'Primary' : `No. ${index + 1}` }))}
        value={rank ?? String(nextRank)}
        onChange={setRank}
      />
      <DatePicker label="Since" value={since} onChange={setSince} error={error('noted_on')} />
      <Button type="submit" icon={Plus} isDisabled={code === null || isBusy}>
        Add
      </Button>
      {refusal === null ? null : (
        <p role="alert" className={cx(styles.refusal)}>
          {refusal.message}
        </p>
      )}
    </form>
  );
}

interface EndDialogProps {
  readonly diagnosis: DiagnosisView;
  readonly today: string;
  readonly onClose: () => void;
  readonly onEnd: DiagnosesTabProps['onEnd'];
}

function EndDialog({ diagnosis, today, onClose, onEnd }: EndDialogProps) {
  const [until, setUntil] = useState<string | null>(today);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<CallError | null>(null);
  const end = async () => {
    if (until === null) return;
    setBusy(true);
    const refused = await onEnd(diagnosis.diagnosis_id, until);
    setBusy(false);
    setRefusal(refused);
    if (refused === null) onClose();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`End ${diagnosis.code}?`}
      actions={
        <>
          <Button onPress={onClose}>Keep it on the chart</Button>
          <Button tone="primary" isDisabled={until === null || isBusy} onPress={() => void end()}>
            End the diagnosis
          </Button>
        </>
      }
    >
      <div className={cx(styles.ending)}>
        <p>{diagnosis.description}. It stays readable as ended, and in every note that names it. New notes no longer offer it.</p>
        <DatePicker label="Ended on" value={until} onChange={setUntil} error={refusal?.field_errors[0]?.message ?? refusal?.message} />
      </div>
    </Dialog>
  );
}
