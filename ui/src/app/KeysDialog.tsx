import { Button } from '../shared/ui/Button';
import { cx } from '../shared/ui/cx';
import { Dialog } from '../shared/ui/Dialog';
import { Kbd } from '../shared/ui/Kbd';
import { KeyValue } from '../shared/ui/KeyValue';
import { SECTIONS } from './sections';
import styles from './Shell.module.css';

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl K', 'Find a client, a note or an action'],
  ...SECTIONS.map((section) => [`Ctrl ${section.digit}`, section.word] as const),
  ['Alt ←', 'Back'],
  ['Ctrl L', 'Lock'],
  ['Ctrl Enter', 'Sign the note'],
  ['Ctrl S', 'Save the note at once; it is saved anyway'],
  ['Ctrl +', 'Larger'],
  ['Ctrl -', 'Smaller'],
  ['Ctrl 0', 'The size it came with'],
];

/** Every chord; within a list the arrows move and Enter opens. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Keys"
      actions={
        <Button onPress={onClose} autoFocus>
          Close
        </Button>
      }
    >
      <div className={cx(styles.keys)}>
        <KeyValue pairs={KEYS.map(([keys, what]) => ({ key: what, value: <Kbd keys={keys} /> }))} />
      </div>
    </Dialog>
  );
}
