import type { FormEvent } from 'react';

import { keep, useKept } from '../../shared/kept';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { TextArea } from '../../shared/ui/TextArea';
import styles from './SignDialog.module.css';

interface ReasonDialogProps {
  /** The name under which the reason is kept while the deed is neither done nor given up. */
  readonly form: string;
  readonly title: string;
  /** What will happen, and what is safe. */
  readonly explains: string;
  readonly label: string;
  /** Names the deed. */
  readonly deed: string;
  readonly isBusy: boolean;
  readonly problem: string | null;
  readonly onClose: () => void;
  /** `done` once it is done. */
  readonly onGive: (reason: string, done: () => void) => void;
}

const isSaid = (reason: string) => reason !== '';

/** A deed that stays in the record asks why; the reason stays with it. */
export function ReasonDialog({ form, title, explains, label, deed, isBusy, problem, onClose, onGive }: ReasonDialogProps) {
  const [kept, enter] = useKept<string>(form, isSaid);
  const reason = kept ?? '';
  const leave = () => {
    enter(null);
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() === '' || isBusy) return;
    // On its way it stands in the store, and is nobody's to send a second time.
    keep(form, null);
    onGive(reason, leave);
  };
  return (
    <Dialog
      isOpen
      onClose={leave}
      title={title}
      leavable={reason === ''}
      actions={
        <>
          <Button onPress={leave}>Go back</Button>
          <Button tone="danger" type="submit" form="reason" isDisabled={isBusy || reason.trim() === ''}>
            {deed}
          </Button>
        </>
      }
    >
      <form id="reason" className={cx(styles.form)} onSubmit={submit}>
        <p>{explains}</p>
        <TextArea label={label} value={reason} onChange={enter} autoFocus spellCheck="true" error={problem ?? undefined} />
      </form>
    </Dialog>
  );
}
