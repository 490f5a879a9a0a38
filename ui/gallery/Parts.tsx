import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
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

const said = (text: string) => () => toast({ text });
const CHOICES = [
  { id: 'a', word: 'Individual, 50 min' },
  { id: 'b', word: 'Intake, 75 min', note: 'first visit' },
];

/** Every part of the design system on one page. */
export function Parts() {
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
