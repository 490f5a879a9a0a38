import { CircleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { TextField } from '../../shared/ui/TextField';
import { type PasswordForm, passwordProblem } from './model';
import styles from './PasswordDialog.module.css';

interface PasswordDialogProps {
  readonly isBusy: boolean;
  readonly refusal: string | null;
  readonly onClose: () => void;
  readonly onChange: (current: string, next: string) => void;
}

/** Changed online, because the practice and this device must agree on it. */
export function PasswordDialog({ isBusy, refusal, onClose, onChange }: PasswordDialogProps) {
  const [form, setForm] = useState<PasswordForm>({ current: '', next: '', again: '' });
  const [tried, setTried] = useState(false);
  const problem = passwordProblem(form);
  const error = (at: keyof PasswordForm) => (tried && problem?.at === at ? problem.words : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problem === null) onChange(form.current, form.next);
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Change the password"
      actions={
        <>
          <Button onPress={onClose}>Keep the old one</Button>
          <Button tone="primary" type="submit" form="new-password" isDisabled={isBusy}>
            {isBusy ? 'Changing it' : 'Change the password'}
          </Button>
        </>
      }
    >
      <form id="new-password" className={cx(styles.form)} noValidate onSubmit={submit}>
        <p>It opens this device and signs your notes. Needs a connection. Your other devices ask for the new one at their next sign-in.</p>
        <TextField label="Password in force" type="password" autoComplete="current-password" autoFocus value={form.current} onChange={(current) => setForm({ ...form, current })} error={error('current')} />
        <TextField label="New password" type="password" autoComplete="new-password" hint="A few words that belong together only for you are better than signs." value={form.next} onChange={(next) => setForm({ ...form, next })} error={error('next')} />
        <TextField label="New password, once more" type="password" autoComplete="new-password" value={form.again} onChange={(again) => setForm({ ...form, again })} error={error('again')} />
        {refusal === null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {refusal}
          </Banner>
        )}
      </form>
    </Dialog>
  );
}
