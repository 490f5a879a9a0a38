import { Button } from '../shared/ui/Button';
import { cx } from '../shared/ui/cx';
import { Dialog } from '../shared/ui/Dialog';
import { Kbd } from '../shared/ui/Kbd';
import { KeyValue } from '../shared/ui/KeyValue';
import styles from './KeysDialog.module.css';
import { SECTIONS } from './sections';

interface KeyGroup {
  readonly title: string;
  readonly keys: readonly (readonly [keys: string, what: string])[];
}

const GROUPS: readonly KeyGroup[] = [
  {
    title: 'Anywhere',
    keys: [
      ['Ctrl K', 'Find a client, a note or an action'],
      ...SECTIONS.map((section) => [`Ctrl ${section.digit}`, section.word] as const),
      ['Alt ←', 'Back'],
      ['F9', 'Sync now'],
      ['Ctrl L', 'Lock'],
      ['Ctrl /', 'These keys'],
    ],
  },
  {
    title: 'In a list',
    keys: [
      ['↑ ↓', 'The row before, the row after'],
      ['Enter', 'Open it'],
    ],
  },
  {
    title: 'In a note',
    keys: [
      ['Ctrl Enter', 'Sign the note'],
      ['Ctrl S', 'Save the note at once; it is saved anyway'],
    ],
  },
  {
    title: 'In the calendar',
    keys: [
      ['PageUp', 'The week or day before'],
      ['PageDown', 'The week or day after'],
      ['Enter', 'Open the appointment'],
      ['Space', 'Take it up, and put it down where it is'],
      ['↑ ↓ ← →', 'Carry it to another time or day'],
      ['Esc', 'Let it be where it was'],
    ],
  },
  {
    title: 'The window',
    keys: [
      ['Ctrl +', 'Larger'],
      ['Ctrl -', 'Smaller'],
      ['Ctrl 0', 'The size it came with'],
      ['F11', 'Full screen'],
      ['Ctrl Q', 'Quit; what you write is saved first'],
    ],
  },
];

/** Every chord there is. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Keys"
      width="wide"
      actions={
        <Button onPress={onClose} autoFocus>
          Close
        </Button>
      }
    >
      <div className={cx(styles.groups)}>
        {GROUPS.map((group) => (
          <section key={group.title} className={cx(styles.group)}>
            <h3 className={cx(styles.title)}>{group.title}</h3>
            <KeyValue pairs={group.keys.map(([keys, what]) => ({ key: what, value: <Kbd keys={keys} /> }))} />
          </section>
        ))}
      </div>
    </Dialog>
  );
}
