import { useNavigate } from '@tanstack/react-router';
import { CircleAlert, CloudDownload, CornerDownRight, LockKeyhole } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';

import { CallError } from '../../backend/call';
import type { AppointmentView, ChartView, NoteView, Whoami } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Loaded } from '../../shared/ui/Loaded';
import { toast } from '../../shared/ui/toasts';
import { AppointmentsTab } from './AppointmentsTab';
import { Chart } from './Chart';
import styles from './ChartPage.module.css';
import { DetailsTab, type Save, update } from './DetailsTab';
import { DiagnosesTab } from './DiagnosesTab';
import { atAGlance, chartHead, type ChartTab, chartTab, clinicalGap } from './head';
import { chartHistory, lastPlanned, unwritten } from './history';
import { LastPlan } from './LastPlan';
import { MergeDialog } from './MergeDialog';
import { NotesTab } from './NotesTab';
import { OverviewTab } from './OverviewTab';
import { ReaderPane } from './ReaderPane';
import { TeamTab } from './TeamTab';
import type { Begun } from './WriteMenu';

interface ChartPageProps {
  readonly clientId: string;
  /** The tab in the address; the page decides what an unknown one means. */
  readonly tab: string | null;
  /** The note to show in the list of notes. */
  readonly noteId: string | null;
  /** Draws a note for reading. */
  readonly reader: (note: NoteView) => ReactNode;
}

export function ChartPage({ clientId, tab, noteId, reader }: ChartPageProps) {
  const chart = useCall('chart', { client_id: clientId });
  const who = useCall('whoami', {});
  const answer = { data: chart.data === undefined || who.data === undefined ? undefined : { view: chart.data, who: who.data }, error: chart.error ?? who.error, refetch: chart.refetch };
  return (
    <Loaded answer={answer} what="the chart" rows={12}>
      {({ view, who }) => <OpenChart view={view} who={who} tab={chartTab(tab)} noteId={noteId} reader={reader} />}
    </Loaded>
  );
}

/** A refusal is an answer and is shown where it was asked; anything else is not expected here and is thrown on. */
async function refusalOf(change: Promise<unknown>): Promise<CallError | null> {
  try {
    await change;
    return null;
  } catch (error: unknown) {
    if (error instanceof CallError) return error;
    throw error;
  }
}

interface OpenChartProps {
  readonly view: ChartView;
  readonly who: Whoami;
  readonly tab: ChartTab;
  readonly noteId: string | null;
  readonly reader: (note: NoteView) => ReactNode;
}

function OpenChart({ view, who, tab, noteId, reader }: OpenChartProps) {
  const navigate = useNavigate();
  const clientId = view.client.client_id;
  const { today } = who;
  const settings = useCall('settings', {});
  const change = useChange('client_update');
  const merge = useChange('client_merge');
  const create = useChange('note_create');
  const add = useChange('diagnosis_add');
  const end = useChange('diagnosis_end');
  const assign = useChange('caseload_assign');
  const unassign = useChange('caseload_unassign');
  const users = useCall('users', {}, { enabled: tab === 'team' });
  const [isMerging, setMerging] = useState(false);
  const events = useMemo(() => chartHistory(view, today), [view, today]);
  const sessions = useMemo(() => unwritten(view.appointments, today), [view.appointments, today]);
  const planned = useMemo(() => lastPlanned(view.notes), [view.notes]);

  const openNote = (id: string) => void navigate({ to: '/note/$noteId', params: { noteId: id } });
  const openChart = (id: string) => void navigate({ to: '/chart/$clientId', params: { clientId: id } });
  const show = (next: ChartTab, note?: string) =>
    void navigate({ to: '/chart/$clientId', params: { clientId }, search: { ...(next === 'overview' ? {} : { tab: next }), ...(note === undefined ? {} : { note }) }, replace: true });
  const isMerged = view.merged_into !== null;
  const book = view.may.schedule && !isMerged ? () => void navigate({ to: '/calendar', search: { book: true, client: clientId } }) : null;

  const write = ({ appointmentId, type, format }: Begun) =>
    create.mutate(
      {
        client_id: clientId,
        ...(appointmentId === undefined ? {} : { appointment_id: appointmentId }),
        ...(type === undefined ? {} : { note_type: type }),
        ...(format === undefined ? {} : { format }),
        sections: {},
        fields: {},
      },
      { onSuccess: ({ id }) => openNote(id) },
    );

  const save: Save = async (part, said, undo) => {
    const refused = await refusalOf(change.mutateAsync({ client_id: clientId, ...update(part) }));
    if (refused === null) {
      toast({ text: said, ...(undo === undefined ? {} : { undo: { word: 'Undo', act: () => void save(undo, 'Brought back') } }) });
    }
    return refused;
  };

  const openAppointment = (entry: AppointmentView) => {
    if (entry.note_id !== null) openNote(entry.note_id);
    else void navigate({ to: '/calendar', search: { date: entry.date, span: 'day' } });
  };

  const gap = clinicalGap(view.clinical);
  const nothingHeld = gap?.level === 'none' ? <EmptyState title="Not on this device">{gap.words}</EmptyState> : null;
  const chosen = noteId ?? view.notes[0]?.note_id ?? null;

  const panel = (at: ChartTab): ReactNode => {
    switch (at) {
      case 'overview':
        return (
          <OverviewTab
            events={events}
            today={today}
            diagnoses={view.diagnoses}
            about={atAGlance(view, today)}
            plan={planned === null ? null : <LastPlan note={planned} today={today} onNote={(id) => show('notes', id)} />}
            onNote={openNote}
          />
        );
      case 'notes':
        return (
          nothingHeld ?? (
            <NotesTab
              rows={view.notes}
              today={today}
              chosen={chosen}
              onChoose={(id) => show('notes', id)}
              reader={
                chosen === null ? null : (
                  <ReaderPane key={chosen} noteId={chosen} reader={reader} onOpen={openNote} onChoose={(id) => void navigate({ to: '/conflict/$noteId', params: { noteId: id } })} />
                )
              }
              empty={view.may.write ? 'The first note usually comes from a session: open it on Today and press Enter, or choose “Write note” above.' : 'Notes that you may read appear here.'}
            />
          )
        );
      case 'appointments':
        return <AppointmentsTab appointments={view.appointments} today={today} onOpen={openAppointment} onBook={book} />;
      case 'diagnoses':
        return (
          nothingHeld ?? (
            <DiagnosesTab
              diagnoses={view.diagnoses}
              today={today}
              mayDiagnose={view.may.diagnose && !isMerged}
              onAdd={(input) => refusalOf(add.mutateAsync({ client_id: clientId, ...input }))}
              onEnd={(diagnosis_id, ended_on) => refusalOf(end.mutateAsync({ diagnosis_id, ended_on }))}
            />
          )
        );
      case 'details':
        return <DetailsTab view={view} today={today} save={save} />;
      case 'team':
        return (
          <TeamTab
            client={view.client.name}
            assignments={view.assignments}
            clinicians={(users.data ?? []).filter((user) => user.roles.includes('clinician'))}
            mayAssign={view.may.assign && !isMerged}
            onAssign={(clinician_id, reason, until) => refusalOf(assign.mutateAsync({ client_id: clientId, clinician_id, reason, ...(until === null ? {} : { until }) }))}
            onUnassign={({ assignment_id }) => refusalOf(unassign.mutateAsync({ client_id: clientId, assignment_id }))}
          />
        );
    }
  };

  return (
    <>
      <Chart
        head={chartHead(view, today)}
        tab={tab}
        onTab={show}
        counts={{ notes: view.notes.length, diagnoses: view.diagnoses.filter((diagnosis) => diagnosis.ended_on === null).length, appointments: view.appointments.length }}
        panel={panel}
        banners={
          <Banners
            mergedInto={view.merged_into}
            gap={gap?.level === 'some' ? gap.words : gap !== null && view.clinical === 'purging' ? gap.words : null}
            refusal={create.error?.message ?? null}
            onKept={openChart}
          />
        }
        write={
          view.may.write && !isMerged
            ? { sessions, today, usualFormat: settings.data?.default_format ?? 'soap', isBusy: create.isPending, onWrite: write }
            : null
        }
        onBook={book}
        onMerge={view.may.edit && !isMerged ? () => setMerging(true) : null}
      />
      {isMerging ? (
        <MergeDialog
          view={view}
          isBusy={merge.isPending}
          refusal={merge.error}
          onClose={() => {
            merge.reset();
            setMerging(false);
          }}
          onMerge={(input) =>
            merge.mutate(input, {
              onSuccess: () => {
                setMerging(false);
                toast({ text: 'Folded together, saved on this device' });
                openChart(input.into);
              },
            })
          }
        />
      ) : null}
    </>
  );
}

interface BannersProps {
  readonly mergedInto: string | null;
  readonly gap: string | null;
  readonly refusal: string | null;
  readonly onKept: (id: string) => void;
}

function Banners({ mergedInto, gap, refusal, onKept }: BannersProps) {
  if (mergedInto === null && gap === null && refusal === null) return null;
  return (
    <div className={cx(styles.banners)}>
      {mergedInto === null ? null : (
        <Banner
          tone="ochre"
          icon={CornerDownRight}
          action={
            <Button small onPress={() => onKept(mergedInto)}>
              Open the kept record
            </Button>
          }
        >
          <strong>Folded into another record.</strong> What was written here stays readable; new notes and appointments belong to the kept record.
        </Banner>
      )}
      {gap === null ? null : (
        <Banner tone="ochre" icon={gap.startsWith('You no longer') ? LockKeyhole : CloudDownload}>
          {gap}
        </Banner>
      )}
      {refusal === null ? null : (
        <Banner tone="brick" icon={CircleAlert}>
          {refusal}
        </Banner>
      )}
    </div>
  );
}
