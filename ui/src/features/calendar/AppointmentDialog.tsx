import { CircleAlert, FileText, FolderOpen, MoveRight, Video, X } from 'lucide-react';
import { useState } from 'react';

import type { AppointmentView } from '../../backend/generated/api';
import { clockSpan, dayLong } from '../../shared/format/civil';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { KeyValue } from '../../shared/ui/KeyValue';
import { Pill, SyncPill } from '../../shared/ui/Pill';
import { TextField } from '../../shared/ui/TextField';
import { StandingPill } from '../notes/StandingPill';
import styles from './AppointmentDialog.module.css';
import { type AppointmentStatus, MODALITY_WORD, NEXT_STATUS, STATUS_LOOK } from './model';

interface AppointmentDialogProps {
  readonly view: AppointmentView;
  readonly status: AppointmentStatus;
  readonly maySchedule: boolean;
  readonly mayWrite: boolean;
  readonly isBusy: boolean;
  readonly refusal: string | null;
  readonly onClose: () => void;
  readonly onNote: () => void;
  readonly onChart: () => void;
  readonly onVideo: () => void;
  readonly onMove: () => void;
  readonly onProgress: (to: AppointmentStatus) => void;
  readonly onCancel: (reason: string) => void;
}

const DEED: Readonly<Record<AppointmentStatus, string>> = {
  checked_in: 'Is here',
  completed: 'Took place',
  no_show: 'Did not come',
  booked: 'Back to booked',
  cancelled: '',
};

/** One appointment: what it is, and everything that can be done with it. */
export function AppointmentDialog(props: AppointmentDialogProps) {
  const { view, status, maySchedule, mayWrite, isBusy, refusal, onClose, onNote, onChart, onVideo, onMove, onProgress, onCancel } = props;
  const [isCancelling, setCancelling] = useState(false);
  const [reason, setReason] = useState('');
  const look = STATUS_LOOK[status];
  if (isCancelling) {
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title={`Cancel ${view.client_name}?`}
        actions={
          <>
            <Button onPress={() => setCancelling(false)}>Keep the appointment</Button>
            <Button tone="danger" isDisabled={isBusy} onPress={() => onCancel(reason.trim())}>
              Cancel the appointment
            </Button>
          </>
        }
      >
        <div className={cx(styles.body)}>
          <p>
            {dayLong(view.date)}, {clockSpan(view.start, view.end)}. The time is free again at once; the appointment stays on the chart as cancelled.
          </p>
          <TextField label="Why" hint="Stands on the chart." value={reason} onChange={setReason} autoFocus />
          <Refusal words={refusal} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={view.client_name}
      actions={
        <>
          <Button icon={FolderOpen} onPress={onChart}>
            Open the chart
          </Button>
          {view.note_id !== null || mayWrite ? (
            <Button tone="primary" icon={FileText} autoFocus isDisabled={isBusy} onPress={onNote}>
              {view.note_id === null ? 'Write the note' : 'Open the note'}
            </Button>
          ) : null}
        </>
      }
    >
      <div className={cx(styles.body)}>
        <KeyValue
          pairs={[
            { key: 'When', value: `${dayLong(view.date)}, ${clockSpan(view.start, view.end)}` },
            { key: 'What for', value: view.service },
            { key: 'How', value: [MODALITY_WORD[view.modality] ?? view.modality, view.place].filter(Boolean).join(', ') },
            { key: 'With', value: view.clinician_name },
            { key: 'Status', value: <Pill tone={look?.tone ?? 'neutral'} bare>{`${look?.word ?? status}${view.cancel_reason === '' ? '' : `: ${view.cancel_reason}`}`}</Pill> },
            ...(view.note_id === null && status !== 'completed' ? [] : [{ key: 'Note', value: <StandingPill standing={view.standing} bare /> }]),
            ...(view.sync === 'synced' ? [] : [{ key: 'Sync', value: <SyncPill state={view.sync} /> }]),
          ]}
        />
        {view.tentative ? (
          <Banner tone="ochre" icon={CircleAlert}>
            <strong>Tentative.</strong> This device does not hold the whole calendar. The practice confirms the time with the next sync, or says here that it was taken.
          </Banner>
        ) : null}
        <Refusal words={refusal} />
        <div className={cx(styles.deeds)}>
          {view.video_link === '' || status === 'cancelled' ? null : (
            <Button icon={Video} onPress={onVideo}>
              Open the video session
            </Button>
          )}
          {maySchedule
            ? NEXT_STATUS[status].map((to) => (
                <Button key={to} isDisabled={isBusy} onPress={() => onProgress(to)}>
                  {DEED[to]}
                </Button>
              ))
            : null}
        </div>
        {maySchedule && status === 'booked' ? (
          <div className={cx(styles.deeds)}>
            <Button icon={MoveRight} onPress={onMove}>
              Move…
            </Button>
            <Button icon={X} onPress={() => setCancelling(true)}>
              Cancel…
            </Button>
          </div>
        ) : null}
      </div>
    </Dialog>
  );
}

function Refusal({ words }: { readonly words: string | null }) {
  if (words === null) return null;
  return (
    <Banner tone="brick" icon={CircleAlert}>
      {words}
    </Banner>
  );
}
