import { LockKeyholeOpen, ShieldCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { TextField } from '../../shared/ui/TextField';
import { Threshold } from './Threshold';
import styles from './Unlock.module.css';

interface UnlockProps {
  readonly practice: string;
  /** The person, where policy lets the lock screen say it. */
  readonly person: string | null;
  /** What waits on this device in words that name nobody, `2 drafts wait here for the connection.` */
  readonly waiting: string | null;
  /** How long this device opens without the practice's server, in words. */
  readonly lease: string;
  readonly isBusy: boolean;
  readonly error: string | null;
  readonly onUnlock: (password: string) => void;
}

/** The way in. It works without a network, and says nothing about anybody. */
export function Unlock({ practice, person, waiting, lease, isBusy, error, onUnlock }: UnlockProps) {
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password !== '') onUnlock(password);
  };
  return (
    <Threshold practice={practice}>
      <form className={cx(styles.form)} onSubmit={submit}>
        <h1 className={cx(styles.title)}>{person === null ? 'This device is locked' : `Welcome back, ${person}`}</h1>
        {waiting === null ? null : (
          <p className={cx(styles.waiting)}>
            <ShieldCheck size={16} aria-hidden="true" />
            {waiting}
          </p>
        )}
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          autoFocus
          error={error ?? undefined}
        />
        <Button tone="primary" type="submit" icon={LockKeyholeOpen} isDisabled={isBusy || password === ''}>
          {isBusy ? 'Opening' : 'Unlock'}
        </Button>
        <p className={cx(styles.quiet)}>{lease}</p>
      </form>
    </Threshold>
  );
}
