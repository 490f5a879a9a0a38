import { type FormEvent, useState } from 'react';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { TextArea } from '../../shared/ui/TextArea';
import styles from './SignDialog.module.css';

interface ReasonDialogProps {
  readonly title: string;
  /** What will happen, and what is safe. */
  readonly explains: string;
  readonly label: string;
  /** Names the deed. */
  readonly deed: string;
  readonly isBusy: boolean;
  readonly problem: string | null;
  readonly onClose: () => void;
  readonly onGive: (reason: string) => void;
}

/** A deed that stays in the record asks why; the reason stays with it. */
export function ReasonDialog({ title, explains, label, deed, isBusy, problem, onClose, onGive }: ReasonDialogProps) {
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() !== '' && !isBusy) onGive(reason);
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      leavable={reason === ''}
      actions={
        <>
          <Button onPress={onClose}>Go back</Button>
          <Button tone="danger" type="submit" form="reason" isDisabled={isBusy || reason.trim() === ''}>
            {deed}
          </Button>
        </>
      }
    >
      <form id="reason" className={cx(styles.form)} onSubmit={submit}>
        <p>{explains}</p>
        <TextArea label={label} value={reason} onChange={setReason} autoFocus spellCheck="true" error={problem ?? undefined} />
      </form>
    </Dialog>
  );
}
