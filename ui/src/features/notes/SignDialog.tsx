import { CircleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';

import type { CallError } from '../../backend/call';
import type { FindingView, SignPreview } from '../../backend/generated/api';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { KeyValue } from '../../shared/ui/KeyValue';
import { noteHeading } from './model';
import { PasswordToSign } from './PasswordToSign';
import styles from './SignDialog.module.css';

interface SignDialogProps {
  readonly preview: SignPreview;
  readonly note: Parameters<typeof noteHeading>[0] & { readonly client_name: string };
  /** The device's clock in words; the server's receipt adds its own. */
  readonly deviceTime: string;
  readonly isOnline: boolean;
  readonly isBusy: boolean;
  /** Why the last try did not come about. */
  readonly error: Pick<CallError, 'code' | 'message'> | null;
  readonly onClose: () => void;
  readonly onJump: (finding: FindingView) => void;
  readonly onSign: (password: string) => void;
}

/** The last look before a note can never change again. */
export function SignDialog(props: SignDialogProps) {
  const { preview, note, deviceTime, isOnline, isBusy, error, onClose, onJump, onSign } = props;
  const [password, setPassword] = useState('');
  const blocked = preview.blocking.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!blocked && !isBusy && password !== '') onSign(password);
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={blocked ? 'Before you can sign' : 'Sign this note'}
      width={blocked ? 'narrow' : 'wide'}
      actions={
        <>
          <Button onPress={onClose} autoFocus={blocked}>
            Go on writing
          </Button>
          {blocked ? null : (
            <Button tone="primary" type="submit" form="sign-note" isDisabled={isBusy || password === ''}>
              {isBusy ? 'Signing' : 'Sign'}
            </Button>
          )}
        </>
      }
    >
      {blocked ? (
        <Blocking findings={preview.blocking} onClose={onClose} onJump={onJump} />
      ) : (
        <form id="sign-note" className={cx(styles.form)} onSubmit={submit}>
          <KeyValue
            pairs={[
              { key: 'Client', value: note.client_name },
              { key: 'Note', value: noteHeading(note) },
              { key: 'Diagnoses', value: preview.diagnoses.map((diagnosis) => `${diagnosis.code} ${diagnosis.description}`).join('; ') || 'None' },
              { key: 'Signed by', value: preview.credential === '' ? preview.printed_name : `${preview.printed_name}, ${preview.credential}` },
              { key: 'Time on this device', value: deviceTime },
            ]}
          />
          <WhatIsSigned preview={preview} />
          <p className={cx(styles.attestation)}>{preview.statement}</p>
          <PasswordToSign what="note" isOnline={isOnline} error={error} password={password} onPassword={setPassword} />
          <p className={cx(styles.forever)}>
            A signed note never changes: its words, facts and diagnoses are locked as you see them here. What you learn later goes into an addendum.
          </p>
        </form>
      )}
    </Dialog>
  );
}

function Blocking({ findings, onClose, onJump }: { readonly findings: readonly FindingView[]; readonly onClose: () => void; readonly onJump: (finding: FindingView) => void }) {
  return (
    <ul className={cx(styles.blocking)}>
      {findings.map((finding) => (
        <li key={`${finding.rule}:${finding.key}`} className={cx(styles.block)}>
          <CircleAlert size={16} aria-hidden="true" />
          <span className={cx(styles.what)}>{finding.message}</span>
          <Button
            small
            aria-label={`Go there: ${finding.message}`}
            onPress={() => {
              onClose();
              onJump(finding);
            }}
          >
            Go there
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** The very content that is locked, to be read once more; the keys of a keyboard scroll it. */
function WhatIsSigned({ preview }: { readonly preview: SignPreview }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keys (WCAG 2.1.1)
    <section aria-label="What is signed" tabIndex={0} className={cx(styles.content)}>
      <KeyValue shape="strip" pairs={preview.sections.filter(isShort).map((section) => ({ key: section.from, value: section.text }))} />
      {preview.sections.filter((section) => !isShort(section)).map((section) => (
        <div key={section.from}>
          <h3 className={cx(styles.heading)}>{section.from}</h3>
          <p data-words className={cx(styles.words)}>
            {section.text}
          </p>
        </div>
      ))}
      <p className={cx(styles.forever)}>
        Fingerprint <code className={cx(styles.print)}>{fingerprint(preview.content_hash)}</code>
      </p>
    </section>
  );
}

/** A value, not a passage. */
const isShort = ({ text }: { readonly text: string }) => text.length <= 48 && !text.includes('\n') && !text.endsWith('.');

/** The first groups of a hash, for comparing by eye. */
export function fingerprint(hash: string): string {
  return (hash.slice(0, 16).match(/.{4}/g) ?? []).join(' ');
}
