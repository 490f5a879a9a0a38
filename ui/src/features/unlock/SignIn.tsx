import { CircleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import { useChange } from '../../backend/query';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { TextField } from '../../shared/ui/TextField';
import { thresholdProblem } from './model';
import styles from './Unlock.module.css';

/** The practice's server wants to know that it is still her. Writing goes on without it; only the sync waits. */
export function SignIn({ onClose }: { readonly onClose: () => void }) {
  const signIn = useChange('sign_in');
  const [password, setPassword] = useState('');
  const [resetCode, setResetCode] = useState<string | null>(null);
  const problem = thresholdProblem(signIn.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password === '' || signIn.isPending) return;
    signIn.mutate({ password, ...(resetCode === null || resetCode.trim() === '' ? {} : { reset_code: resetCode.trim() }) }, { onSuccess: onClose });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Sign in to the practice"
      actions={
        <>
          <Button onPress={onClose}>Later</Button>
          <Button tone="primary" type="submit" form="sign-in" isDisabled={signIn.isPending || password === ''}>
            {signIn.isPending ? 'Signing in' : 'Sign in'}
          </Button>
        </>
      }
    >
      <form id="sign-in" className={cx(styles.form)} onSubmit={submit}>
        <p>It needs a connection, and takes a moment. What you wrote goes out right after.</p>
        {problem === null || problem.field === 'password' ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {problem.message}
          </Banner>
        )}
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          autoFocus
          error={problem?.field === 'password' ? problem.message : undefined}
        />
        {resetCode === null ? (
          <div>
            <Button tone="quiet" small flush="start" onPress={() => setResetCode('')}>
              I have a reset code from the practice
            </Button>
          </div>
        ) : (
          <TextField label="Reset code" autoComplete="off" spellCheck="false" value={resetCode} onChange={setResetCode} hint="With it, the password above becomes your new one." />
        )}
      </form>
    </Dialog>
  );
}
