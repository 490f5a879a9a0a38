import { CircleAlert, Info, LaptopMinimal } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import type { EnrolInput } from '../../backend/generated/api';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { TextArea } from '../../shared/ui/TextArea';
import { TextField } from '../../shared/ui/TextField';
import { Checkbox } from '../../shared/ui/Toggles';
import { isLongEnough, type ThresholdProblem } from './model';
import { NewPassword } from './NewPassword';
import { Threshold } from './Threshold';
import styles from './Unlock.module.css';

interface EnrolProps {
  readonly isBusy: boolean;
  readonly problem: ThresholdProblem | null;
  /** What became of her words, where the practice had ended the access of this device before. */
  readonly accessEnded: string | null;
  readonly onEnrol: (enrolment: EnrolInput) => void;
}

/** The one step that needs a connection: the device becomes known to the practice, and gets its keys. */
export function Enrol({ isBusy, problem, accessEnded, onEnrol }: EnrolProps) {
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [device, setDevice] = useState('');
  const [allowsFile, setAllowsFile] = useState(false);
  const lacksKeyring = problem?.lacksKeyring === true || allowsFile;
  const isReady = code.trim() !== '' && isLongEnough(password) && device.trim() !== '' && !isBusy;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    onEnrol({ code: code.trim(), password, device_name: device.trim(), ...(allowsFile ? { secret_place: 'file' } : {}) });
  };
  const at = (field: ThresholdProblem['field']) => (problem?.field === field ? problem.message : undefined);
  return (
    <Threshold practice={null}>
      <form className={cx(styles.form)} onSubmit={submit}>
        <div>
          <h1 className={cx(styles.title)}>Set up this device</h1>
          <p className={cx(styles.quiet)}>Once, and with a connection. Afterwards your caseload opens here without one.</p>
        </div>
        {accessEnded === null ? null : (
          <Banner tone="lake" icon={Info}>
            {accessEnded}
          </Banner>
        )}
        {problem === null || problem.field !== null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {problem.message}
          </Banner>
        )}
        <TextArea
          label="Enrolment code"
          hint="Your administrator gives it to you. It works once."
          rows={2}
          autoComplete="off"
          spellCheck="false"
          value={code}
          onChange={setCode}
          autoFocus
          error={at('code')}
        />
        <NewPassword label="Password" value={password} onChange={setPassword} error={at('password')} />
        <p className={cx(styles.quiet)}>If you work on another device already, use the password that you have.</p>
        <TextField
          label="Name of this device"
          hint="How you will know it in a list, such as “Laptop at home”."
          autoComplete="off"
          value={device}
          onChange={setDevice}
          error={at('device_name')}
        />
        {lacksKeyring ? (
          <div className={cx(styles.choice)}>
            <Checkbox isSelected={allowsFile} onChange={setAllowsFile}>
              Keep this device’s secret in a file instead of a keyring
            </Checkbox>
            <p className={cx(styles.quiet)}>
              The charts stay encrypted, but whoever copies this computer’s disk then needs only your password. Choose it only if your practice agrees.
            </p>
          </div>
        ) : null}
        <Button tone="primary" type="submit" icon={LaptopMinimal} isDisabled={!isReady}>
          {isBusy ? 'Setting up' : 'Set up this device'}
        </Button>
        <p className={cx(styles.quiet)}>Charts are kept here encrypted. Without your password and this computer’s own keyring nobody can read them.</p>
      </form>
    </Threshold>
  );
}
