import { CircleCheck, FilePen, Pencil, Phone, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { Activity, type ActivityFilter } from '../src/features/activity/Activity';
import { Calendar, type Span } from '../src/features/calendar/Calendar';
import { type CalendarEntry, minutesOf } from '../src/features/calendar/model';
import { MoveDialog } from '../src/features/calendar/MoveDialog';
import { Caseload } from '../src/features/caseload/Caseload';
import { Chart, type ChartTab } from '../src/features/chart/Chart';
import { NotesTab } from '../src/features/chart/NotesTab';
import { OverviewTab } from '../src/features/chart/OverviewTab';
import { ConflictScreen } from '../src/features/conflict/ConflictScreen';
import type { Choices } from '../src/features/conflict/model';
import { tally } from '../src/features/notes/model';
import { NoteEditor } from '../src/features/notes/NoteEditor';
import { NoteReader } from '../src/features/notes/NoteReader';
import { NoteSide } from '../src/features/notes/NoteSide';
import { SignDialog } from '../src/features/notes/SignDialog';
import { type Appearance, dress } from '../src/features/settings/model';
import { Settings } from '../src/features/settings/Settings';
import { Today } from '../src/features/today/Today';
import { Enrol } from '../src/features/unlock/Enrol';
import { Unlock } from '../src/features/unlock/Unlock';
import { Button } from '../src/shared/ui/Button';
import { DatePicker, TimeField } from '../src/shared/ui/DateFields';
import { AlertDialog } from '../src/shared/ui/Dialog';
import { Menu } from '../src/shared/ui/Menu';
import { SyncPill } from '../src/shared/ui/Pill';
import { ComboBox, Select } from '../src/shared/ui/Select';
import { Skeleton } from '../src/shared/ui/Skeleton';
import { SYNC_LOOK, type SyncState } from '../src/shared/ui/sync';
import { TextArea } from '../src/shared/ui/TextArea';
import { TextField } from '../src/shared/ui/TextField';
import { toast } from '../src/shared/ui/toasts';
import { Checkbox, RadioGroup, Switch } from '../src/shared/ui/Toggles';
import { CASELOAD, CONFLICT, EARLIER, ENTRIES, LOG, NOTE, NOTES, READ, TODAY } from './fixtures';

const said = (text: string) => () => toast({ text });
const CHOICES = [
  { id: 'a', word: 'Individual, 50 min' },
  { id: 'b', word: 'Intake, 75 min', note: 'first visit' },
];

export function TodayPage() {
  return (
    <Today
      view={TODAY}
      onOpenAppointment={said('Appointment')}
      onOpenNote={said('Note')}
      onOpenConflict={said('Conflict')}
      onOpenCoSign={said('Co-sign')}
      onOpenActivity={said('Activity')}
      onBook={said('Book')}
    />
  );
}

export function NotePage({ sign }: { readonly sign: boolean }) {
  const [sections, setSections] = useState(NOTE.sections);
  const [signing, setSigning] = useState(sign);
  const [at, setAt] = useState<{ readonly section: string | null }>({ section: null });
  return (
    <>
      <NoteEditor
        view={{ ...NOTE, sections }}
        at={at}
        onBack={said('Back')}
        onSection={(key, text) => setSections(sections.map((section) => (section.key === key ? { ...section, text, pulledFrom: null } : section)))}
        onFact={said('Fact')}
        onPause={() => undefined}
        onConfirm={said('Confirmed')}
        onConflicts={said('Conflicts')}
        onSign={() => setSigning(true)}
        side={<NoteSide earlier={EARLIER} checks={NOTE.checks} kept={[]} onPull={said('Pulled')} onJump={(section) => setAt({ section })} onRestore={said('Restored')} />}
      />
      <SignDialog
        isOpen={signing}
        onClose={() => setSigning(false)}
        isBusy={false}
        error={null}
        onJump={(section) => setAt({ section })}
        onSign={said('Signed')}
        view={{
          client: NOTE.client,
          note: NOTE.title,
          signer: 'Alma Reyes, LPC',
          deviceTime: 'Saturday November 21 2026, 10:52',
          attestation: 'I met with this client as stated, this note is mine, and it is complete to the best of my knowledge.',
          isOnline: false,
          blocking: sign ? [] : tally(NOTE.checks).blocking,
        }}
      />
    </>
  );
}

export function ConflictPage() {
  const [choices, setChoices] = useState<Choices>({ p3: { take: 'mine', text: '' } });
  return <ConflictScreen view={CONFLICT} choices={choices} onChoose={(id, choice) => setChoices({ ...choices, [id]: choice })} onLeave={said('Later')} onKeep={said('Kept')} />;
}

export function CaseloadPage() {
  const [query, setQuery] = useState('');
  const rows = CASELOAD.filter((row) => row.name.toLowerCase().includes(query.toLowerCase()));
  return <Caseload rows={rows} total={CASELOAD.length} query={query} onQuery={setQuery} onOpen={said('Chart')} onCreate={said('New client')} />;
}

export function ChartPage({ tab: first }: { readonly tab: ChartTab }) {
  const [tab, setTab] = useState<ChartTab>(first);
  const [chosen, setChosen] = useState('n2');
  return (
    <Chart
      head={{ name: 'Teodor Quill', facts: ['he/him', '41, born 3 April 1985', 'HL-1002'], alerts: ['Safety plan to review'], status: 'Active since March 2024', sync: 'synced' }}
      tab={tab}
      onTab={setTab}
      counts={{ notes: 2000, diagnoses: 2, appointments: 96 }}
      onBook={said('Book')}
      onWrite={said('Write')}
      panels={{
        overview: (
          <OverviewTab
            lastPlan={{ words: EARLIER.sections[2]?.text ?? '', from: 'November 14, Alma Reyes' }}
            diagnoses={[
              { code: 'F42.2', name: 'Mixed obsessional thoughts and acts', since: 'March 2024' },
              { code: 'F51.05', name: 'Insomnia due to other mental disorder', since: 'June 2025' },
            ]}
            about={[
              { key: 'Next appointment', value: 'Today, 10:00' },
              { key: 'Seen', value: '95 times since March 2024' },
              { key: 'Clinician', value: 'Alma Reyes, LPC' },
              { key: 'Emergency', value: 'Ines Quill, sister' },
            ]}
            events={[
              { id: 't1', when: 'November 14', title: 'Progress note signed', detail: 'Alma Reyes, LPC', icon: CircleCheck, tone: 'moss' },
              { id: 't2', when: 'November 12', title: 'Telephone contact with his sister', icon: Phone, tone: 'neutral' },
              { id: 't3', when: 'November 7', title: 'Progress note signed, one addendum', detail: 'Alma Reyes, LPC', icon: CircleCheck, tone: 'moss' },
              { id: 't4', when: 'November 1', title: 'Draft begun and not finished', icon: FilePen, tone: 'ochre' },
            ]}
          />
        ),
        notes: <NotesTab rows={NOTES} chosen={chosen} onChoose={setChosen} reader={<NoteReader view={READ} onAddendum={said('Addendum')} />} />,
        diagnoses: null,
        appointments: null,
        details: null,
      }}
    />
  );
}

export function CalendarPage() {
  const [entries, setEntries] = useState(ENTRIES);
  const [date, setDate] = useState('2026-11-21');
  const [span, setSpan] = useState<Span>('week');
  const [moving, setMoving] = useState<CalendarEntry | null>(null);
  return (
    <>
      <Calendar
        date={date}
        span={span}
        today="2026-11-21"
        now={minutesOf('10:06')}
        entries={entries}
        onDate={setDate}
        onSpan={setSpan}
        onOpen={setMoving}
        onMove={(entry, to) => setEntries(entries.map((other) => (other.id === entry.id ? { ...other, ...to } : other)))}
        onBook={said('Book')}
      />
      {moving === null ? null : <MoveDialog entry={moving} others={entries} onClose={() => setMoving(null)} onMove={() => setMoving(null)} />}
    </>
  );
}

export function ActivityPage() {
  const [filter, setFilter] = useState<ActivityFilter>('all');
  return (
    <Activity
      rows={filter === 'errors' ? LOG.filter((row) => row.state === 'failed') : LOG}
      filter={filter}
      onFilter={setFilter}
      counts={{ saved: 2, waiting: 3, failed: 1, review: 1 }}
      lastSync="today, 9:24 AM"
      isSyncing={false}
      onSync={said('Sync')}
      onRetry={said('Retry')}
      onExport={said('Export')}
      onOpen={said('Entry')}
    />
  );
}

export function SettingsPage() {
  const [appearance, setAppearance] = useState<Appearance>({ theme: 'system', contrast: 'system', motion: 'system', zoom: 100 });
  return (
    <Settings
      view={{
        appearance,
        lockAfterMinutes: '10',
        lockOnSleep: true,
        notifications: 'generic',
        device: [
          { key: 'Name', value: 'Alma’s laptop' },
          { key: 'Works offline until', value: 'November 28' },
        ],
        managed: new Set(['notifications']),
      }}
      onAppearance={(next) => {
        setAppearance(next);
        dress(document.documentElement, next);
      }}
      onLockAfter={said('Lock')}
      onLockOnSleep={said('Sleep')}
      onNotifications={said('Level')}
    />
  );
}

export function UnlockPage() {
  return (
    <Unlock
      practice="Harbour Lane Counselling"
      person="Alma"
      waiting="2 drafts and 3 changes are safe on this device."
      lease="Opens without a connection until November 28."
      isBusy={false}
      error={null}
      onUnlock={said('Unlock')}
    />
  );
}

export function EnrolPage() {
  return <Enrol server="https://" device="Alma’s laptop" isBusy={false} error={null} onEnrol={said('Enrol')} />;
}

export function PartsPage() {
  const [choice, setChoice] = useState('a');
  const [date, setDate] = useState<string | null>('2026-11-21');
  const [asking, setAsking] = useState(false);
  return (
    <div style={{ padding: 24, display: 'grid', gridTemplateColumns: 'repeat(3, minmax(0, 1fr))', gap: 24, alignItems: 'start' }}>
      <div style={{ display: 'grid', gap: 12 }}>
        {Object.keys(SYNC_LOOK).map((state) => (
          <div key={state} style={{ display: 'flex', gap: 12 }}>
            <SyncPill state={state as SyncState} bare={false} />
            <SyncPill state={state as SyncState} />
          </div>
        ))}
        <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap' }}>
          <Button tone="primary">Primary</Button>
          <Button>Plain</Button>
          <Button tone="quiet">Quiet</Button>
          <Button tone="danger" onPress={() => setAsking(true)}>
            Discard…
          </Button>
          <Button isDisabled>Disabled</Button>
        </div>
        <Menu
          trigger={<Button icon={Pencil}>Menu</Button>}
          groups={[
            { id: 'one', heading: 'This note', entries: [{ id: 'e', word: 'Edit', icon: Pencil, keys: 'Ctrl E', onAction: said('Edit') }] },
            { id: 'two', entries: [{ id: 'd', word: 'Discard', icon: Trash2, tone: 'danger', onAction: said('Discard') }] },
          ]}
        />
        <Skeleton rows={3} label="Opening" />
      </div>
      <div style={{ display: 'grid', gap: 12 }}>
        <TextField label="Preferred name" hint="What the client goes by." defaultValue="Teo" />
        <TextField label="E-mail" error="This is not an address that mail can reach." defaultValue="teo@" />
        <Select label="Service" choices={CHOICES} value={choice} onChange={setChoice} />
        <ComboBox label="Diagnosis" choices={CHOICES} value={null} onChange={setChoice} placeholder="Code or words" />
        <DatePicker label="Date" value={date} onChange={setDate} isRequired />
        <TimeField label="Start" value="10:00" onChange={() => undefined} />
      </div>
      <div style={{ display: 'grid', gap: 12 }}>
        <TextArea label="Reason" defaultValue="The front desk had moved it already." />
        <Checkbox defaultSelected>Consent to telehealth is on file</Checkbox>
        <Checkbox isIndeterminate>Some of them</Checkbox>
        <RadioGroup label="Met" choices={CHOICES} value={choice} onChange={setChoice} />
        <Switch label="Lock when the computer sleeps" note="Takes effect at once." isOn onChange={() => undefined} />
      </div>
      <AlertDialog isOpen={asking} onClose={() => setAsking(false)} title="Discard this section?" confirm="Discard the section" onConfirm={() => setAsking(false)}>
        The text stays in the note’s history for as long as the note is kept.
      </AlertDialog>
    </div>
  );
}
