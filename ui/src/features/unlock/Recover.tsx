import { CircleAlert, KeyRound } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { TextArea } from '../../shared/ui/TextArea';
import { isLongEnough, type ThresholdProblem } from './model';
import { NewPassword } from './NewPassword';
import { Threshold } from './Threshold';
import styles from './Unlock.module.css';

interface RecoverProps {
  readonly practice: string;
  readonly isBusy: boolean;
  readonly problem: ThresholdProblem | null;
  readonly onRecover: (recoveryKey: string, password: string) => void;
  readonly onBack: () => void;
}

/** A forgotten password or a lost keyring costs no word: the practice's printed key opens the device too. */
export function Recover({ practice, isBusy, problem, onRecover, onBack }: RecoverProps) {
  const [recoveryKey, setRecoveryKey] = useState('');
  const [password, setPassword] = useState('');
  const isReady = recoveryKey.trim() !== '' && isLongEnough(password) && !isBusy;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) onRecover(recoveryKey.trim(), password);
  };
  return (
    <Threshold practice={practice}>
      <form className={cx(styles.form)} onSubmit={submit}>
        <div>
          <h1 className={cx(styles.title)}>Recover this device</h1>
          <p className={cx(styles.quiet)}>
            For a forgotten password, or a keyring that no longer holds this device’s secret. Nothing on it is changed or lost. The key is on the sheet that
            your practice printed and keeps; whoever keeps it can type it here.
          </p>
        </div>
        {problem === null || problem.field !== null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {problem.message}
          </Banner>
        )}
        <TextArea
          label="Recovery key"
          hint="As printed, with or without the hyphens."
          autoComplete="off"
          spellCheck="false"
          value={recoveryKey}
          onChange={setRecoveryKey}
          autoFocus
          error={problem?.field === 'recovery_key' ? problem.message : undefined}
        />
        <NewPassword label="New password" value={password} onChange={setPassword} error={problem?.field === 'password' ? problem.message : undefined} />
        <Button tone="primary" type="submit" icon={KeyRound} isDisabled={!isReady}>
          {isBusy ? 'Recovering' : 'Recover and set the password'}
        </Button>
        <div>
          <Button tone="quiet" small flush="start" onPress={onBack}>
            Go back to the password
          </Button>
        </div>
      </form>
    </Threshold>
  );
}
