import { CloudOff, CircleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { KeyValue } from '../../shared/ui/KeyValue';
import { TextField } from '../../shared/ui/TextField';
import type { NoteCheck } from './model';
import styles from './SignDialog.module.css';

export interface SignView {
  /** The note as it is named everywhere, `Progress note, 21 November, 09:00 to 09:50`. */
  readonly note: string;
  readonly client: string;
  /** Name and credentials as they will stand under the note. */
  readonly signer: string;
  /** The device's clock in words; the server's receipt adds its own. */
  readonly deviceTime: string;
  /** The sentence that is signed; its version is stored with the signature. */
  readonly attestation: string;
  readonly isOnline: boolean;
  readonly blocking: readonly NoteCheck[];
}

interface SignDialogProps {
  readonly isOpen: boolean;
  readonly view: SignView;
  readonly isBusy: boolean;
  readonly error: string | null;
  readonly onClose: () => void;
  readonly onJump: (section: string) => void;
  readonly onSign: (password: string) => void;
}

/** The last look before a note can never change again. */
export function SignDialog({ isOpen, view, isBusy, error, onClose, onJump, onSign }: SignDialogProps) {
  const [password, setPassword] = useState('');
  const blocked = view.blocking.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!blocked && password !== '') onSign(password);
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={blocked ? 'Before you can sign' : 'Sign this note'}
      actions={
        <>
          <Button onPress={onClose}>Go on writing</Button>
          {blocked ? null : (
            <Button tone="primary" type="submit" form="sign-note" isDisabled={isBusy || password === ''}>
              {isBusy ? 'Signing' : 'Sign'}
            </Button>
          )}
        </>
      }
    >
      {blocked ? (
        <ul className={cx(styles.blocking)}>
          {view.blocking.map((check) => (
            <li key={check.id} className={cx(styles.block)}>
              <CircleAlert size={16} aria-hidden="true" />
              <span className={cx(styles.what)}>{check.words}</span>
              {check.section === null ? null : (
                <Button
                  small
                  onPress={() => {
                    onClose();
                    if (check.section !== null) onJump(check.section);
                  }}
                >
                  Go there
                </Button>
              )}
            </li>
          ))}
        </ul>
      ) : (
        <form id="sign-note" className={cx(styles.form)} onSubmit={submit}>
          <KeyValue
            pairs={[
              { key: 'Client', value: view.client },
              { key: 'Note', value: view.note },
              { key: 'Signed by', value: view.signer },
              { key: 'Time on this device', value: view.deviceTime },
            ]}
          />
          <p className={cx(styles.attestation)}>{view.attestation}</p>
          {view.isOnline ? null : (
            <Banner tone="neutral" icon={CloudOff}>
              You are offline. The note will read “Signed on this device, awaiting receipt” until the practice’s server has received it.
            </Banner>
          )}
          <TextField
            label="Your password"
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
            autoFocus
            error={error ?? undefined}
          />
          <p className={cx(styles.forever)}>A signed note never changes. What you learn later goes into an addendum.</p>
        </form>
      )}
    </Dialog>
  );
}
