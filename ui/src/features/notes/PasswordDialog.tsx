import { CircleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import type { ApiError } from '../../backend/generated/api';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { TextField } from '../../shared/ui/TextField';
import styles from './SignDialog.module.css';

interface PasswordDialogProps {
  readonly title: string;
  readonly explains: string;
  readonly deed: string;
  readonly isBusy: boolean;
  readonly error: Pick<ApiError, 'code' | 'message'> | null;
  readonly onClose: () => void;
  readonly onGive: (password: string) => void;
}

/** The password once more, for a deed that only its author may do. */
export function PasswordDialog({ title, explains, deed, isBusy, error, onClose, onGive }: PasswordDialogProps) {
  const [password, setPassword] = useState('');
  const isPassword = error?.code === 'wrong_password' || error?.code === 'too_soon';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password !== '' && !isBusy) onGive(password);
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onPress={onClose}>Go back</Button>
          <Button tone="primary" type="submit" form="password-once-more" isDisabled={isBusy || password === ''}>
            {isBusy ? 'One moment' : deed}
          </Button>
        </>
      }
    >
      <form id="password-once-more" className={cx(styles.form)} onSubmit={submit}>
        <p>{explains}</p>
        {error === null || isPassword ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {error.message}
          </Banner>
        )}
        <TextField
          label="Your password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          autoFocus
          error={isPassword ? error?.message : undefined}
        />
      </form>
    </Dialog>
  );
}
