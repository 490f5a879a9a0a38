import { CircleAlert, CircleCheck, LockKeyholeOpen, Wrench } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { TextField } from '../../shared/ui/TextField';
import { type ThresholdProblem, unlockHint } from './model';
import { Threshold } from './Threshold';
import styles from './Unlock.module.css';

interface UnlockProps {
  readonly practice: string;
  readonly isBusy: boolean;
  readonly problem: ThresholdProblem | null;
  /** What became of her words, where the practice has ended this device's access. */
  readonly accessEnded: string | null;
  /** Whether the file on this device is damaged: repairing it is then the way in. */
  readonly isDamaged: boolean;
  /** What repairing came to, where it was repaired and is still locked. */
  readonly repaired: string | null;
  /** Whether the practice has a newer password, set on another device: it is asked for beside the one that opens this one. */
  readonly wantsNewer: boolean;
  readonly onUnlock: (password: string, newer: string | null) => void;
  readonly onRepair: (password: string) => void;
  readonly onRecover: () => void;
}

/** The way in. It works without a network, and says nothing about anybody. */
export function Unlock({ practice, isBusy, problem, accessEnded, isDamaged, repaired, wantsNewer, onUnlock, onRepair, onRecover }: UnlockProps) {
  const [password, setPassword] = useState('');
  const [newer, setNewer] = useState('');
  const isReady = password !== '' && (isDamaged || !wantsNewer || newer !== '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || isBusy) return;
    if (isDamaged) onRepair(password);
    else onUnlock(password, wantsNewer ? newer : null);
  };
  return (
    <Threshold practice={practice}>
      <form className={cx(styles.form)} onSubmit={submit}>
        <h1 className={cx(styles.title)}>This device is locked</h1>
        {accessEnded === null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {accessEnded}
          </Banner>
        )}
        {problem === null || problem.field !== null || problem.message === accessEnded ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {problem.message}
          </Banner>
        )}
        {repaired === null ? null : (
          <Banner tone="moss" icon={CircleCheck}>
            {repaired}
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
        {wantsNewer && !isDamaged ? (
          <TextField
            label="Newer password"
            type="password"
            autoComplete="off"
            value={newer}
            onChange={setNewer}
            error={problem?.field === 'server_password' ? problem.message : undefined}
          />
        ) : null}
        {isDamaged ? (
          <Button tone="primary" type="submit" icon={Wrench} isDisabled={isBusy || !isReady}>
            {isBusy ? 'Repairing' : 'Repair this device'}
          </Button>
        ) : (
          <Button tone="primary" type="submit" icon={LockKeyholeOpen} isDisabled={isBusy || !isReady}>
            {isBusy ? 'Opening' : 'Unlock'}
          </Button>
        )}
        <p className={cx(styles.quiet)}>{unlockHint(isDamaged, accessEnded !== null)}</p>
        <div>
          <Button tone="quiet" small flush="start" onPress={onRecover}>
            Open it with the practice’s recovery key
          </Button>
        </div>
      </form>
    </Threshold>
  );
}
