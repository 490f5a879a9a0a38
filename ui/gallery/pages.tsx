import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { ConflictScreen } from '../src/features/conflict/ConflictScreen';
import type { Choices } from '../src/features/conflict/model';
import { tally } from '../src/features/notes/model';
import { NoteEditor } from '../src/features/notes/NoteEditor';
import { NoteSide } from '../src/features/notes/NoteSide';
import { SignDialog } from '../src/features/notes/SignDialog';
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
import { CONFLICT, EARLIER, NOTE, TODAY } from './fixtures';

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
