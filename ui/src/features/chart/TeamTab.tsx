import { UserPlus } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import type { CallError } from '../../backend/call';
import type { AssignmentView, UserRow } from '../../backend/generated/api';
import { dayShort } from '../../shared/format/civil';
import { Avatar } from '../../shared/ui/Avatar';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { DatePicker } from '../../shared/ui/DateFields';
import { AlertDialog } from '../../shared/ui/Dialog';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Panel } from '../../shared/ui/Panel';
import { Segmented } from '../../shared/ui/Segmented';
import { Select } from '../../shared/ui/Select';
import styles from './TeamTab.module.css';

interface TeamTabProps {
  readonly client: string;
  readonly assignments: readonly AssignmentView[];
  /** Everybody who treats clients; empty until it is known. */
  readonly clinicians: readonly UserRow[];
  readonly mayAssign: boolean;
  readonly onAssign: (clinicianId: string, reason: 'treating' | 'covering', until: string | null) => Promise<CallError | null>;
  readonly onUnassign: (assignment: AssignmentView) => Promise<CallError | null>;
}

const REASON: Readonly<Record<string, string>> = { treating: 'Treats', covering: 'Covers' };

/** Who may read and write in this chart, and who could before. */
export function TeamTab({ client, assignments, clinicians, mayAssign, onAssign, onUnassign }: TeamTabProps) {
  const [leaving, setLeaving] = useState<AssignmentView | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const current = assignments.filter((assignment) => !assignment.is_over);
  const former = assignments.filter((assignment) => assignment.is_over);
  return (
    <div className={cx(styles.team)}>
      {mayAssign ? (
        <AssignForm clinicians={clinicians.filter((user) => !current.some((assignment) => assignment.clinician_id === user.user_id))} onAssign={onAssign} />
      ) : (
        <p className={cx(styles.quiet)}>A practice manager or supervisor puts clinicians on a case and takes them off.</p>
      )}
      {refusal === null ? null : (
        <p role="alert" className={cx(styles.refusal)}>
          {refusal}
        </p>
      )}
      {current.length === 0 ? (
        <EmptyState title="Nobody is on this case">
          {mayAssign ? 'Choose a clinician above. The chart comes to her devices with their next sync.' : 'Until somebody is put on it, only those who run the practice see the record.'}
        </EmptyState>
      ) : (
        <Panel title="On the case">
          <ul className={cx(styles.list)}>
            {current.map((assignment) => (
              <li key={assignment.assignment_id} className={cx(styles.row)}>
                <Avatar name={assignment.clinician_name} />
                <span className={cx(styles.name)}>{assignment.clinician_name}</span>
                <span>{REASON[assignment.reason] ?? assignment.reason}</span>
                <span className={cx(styles.quiet)} data-figures>
                  {assignment.until === null ? `since ${dayShort(assignment.from)}` : `${dayShort(assignment.from)} to ${dayShort(assignment.until)}`}
                </span>
                {mayAssign ? (
                  <Button small aria-label={`Take off ${assignment.clinician_name}`} onPress={() => setLeaving(assignment)}>
                    Take off…
                  </Button>
                ) : (
                  <span />
                )}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {former.length === 0 ? null : (
        <Panel title="Before">
          <ul className={cx(styles.list)} data-former>
            {former.map((assignment) => (
              <li key={assignment.assignment_id} className={cx(styles.row)}>
                <Avatar name={assignment.clinician_name} />
                <span>{assignment.clinician_name}</span>
                <span>{assignment.reason === 'covering' ? 'Covered' : 'Treated'}</span>
                <span className={cx(styles.quiet)} data-figures>
                  {dayShort(assignment.from)} – {dayShort(assignment.ended_on ?? assignment.until ?? assignment.from)}
                </span>
                <span />
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <AlertDialog
        isOpen={leaving !== null}
        onClose={() => setLeaving(null)}
        title={`Take ${leaving?.clinician_name ?? ''} off the case?`}
        confirm="Take off the case"
        tone="primary"
        onConfirm={() => {
          if (leaving !== null) void onUnassign(leaving).then((refused) => setRefusal(refused?.message ?? null));
          setLeaving(null);
        }}
      >
        The chart of {client} leaves that clinician’s devices once everything written there has been sent. What was written and signed stays in the chart.
      </AlertDialog>
    </div>
  );
}

interface AssignFormProps {
  readonly clinicians: readonly UserRow[];
  readonly onAssign: TeamTabProps['onAssign'];
}

function AssignForm({ clinicians, onAssign }: AssignFormProps) {
  const [clinician, setClinician] = useState<string | null>(null);
  const [reason, setReason] = useState<'treating' | 'covering'>('treating');
  const [until, setUntil] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const covers = reason === 'covering';
  const [refusal, setRefusal] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (clinician === null) return;
    setBusy(true);
    const refused = await onAssign(clinician, reason, covers ? until : null);
    setBusy(false);
    setRefusal(refused?.message ?? null);
    if (refused === null) {
      setClinician(null);
      setUntil(null);
    }
  };
  return (
    <form className={cx(styles.assign)} noValidate onSubmit={(event) => void submit(event)}>
      <div className={cx(styles.who)}>
        <Select
          label="Put on the case"
          choices={clinicians.map((user) => ({ id: user.user_id, word: user.display_name, note: user.credential }))}
          value={clinician}
          onChange={setClinician}
          error={refusal ?? undefined}
        />
      </div>
      <Segmented
        label="In what part"
        value={reason}
        onChange={setReason}
        choices={[
          { id: 'treating', word: 'Treats' },
          { id: 'covering', word: 'Covers' },
        ]}
      />
      {covers ? <DatePicker label="Last day" value={until} onChange={setUntil} isRequired /> : null}
      <Button type="submit" icon={UserPlus} isDisabled={clinician === null || isBusy || (covers && until === null)}>
        Put on the case
      </Button>
    </form>
  );
}
