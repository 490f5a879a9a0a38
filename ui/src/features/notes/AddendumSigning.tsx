import { type FormEvent, useState } from 'react';

import type { NoteView } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { KeyValue } from '../../shared/ui/KeyValue';
import { ADDENDUM_WORD, DEVICE_TIME, noteHeading } from './model';
import { PasswordToSign } from './PasswordToSign';
import styles from './SignDialog.module.css';

interface AddendumSigningProps {
  readonly note: NoteView;
  readonly addendum: {
    readonly id: string;
    readonly kind: string;
    /** All of its text: what differs from the note stands beside it, what is signed is the whole. */
    readonly sections: readonly { readonly key: string; readonly label: string; readonly text: string }[];
    readonly reason: string;
  };
  readonly onClose: () => void;
  readonly onSigned: () => void;
}

/** The last look before an addendum can never change again: as for a note, who signs, what, and what it means. */
export function AddendumSigning({ note, addendum: current, onClose, onSigned }: AddendumSigningProps) {
  // What is read is what is signed: words that come in meanwhile stand here only once it is opened again.
  const [addendum] = useState(current);
  const who = useCall('whoami', {});
  const status = useCall('status', { all_notes: false });
  const sign = useChange('addendum_sign');
  const [openedAt] = useState(() => DEVICE_TIME.format(Date.now()));
  const [password, setPassword] = useState('');
  const { error, isPending } = sign;
  const word = ADDENDUM_WORD[addendum.kind] ?? addendum.kind;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isPending || password === '') return;
    const sections = Object.fromEntries(addendum.sections.map(({ key, text }) => [key, text]));
    sign.mutate({ addendum_id: addendum.id, password, sections, reason: addendum.reason }, { onSuccess: onSigned });
  };
  if (who.data === undefined) return null;
  const { display_name: name, credential } = who.data;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Sign this ${word.toLowerCase()}`}
      width="wide"
      actions={
        <>
          <Button onPress={onClose}>Go back</Button>
          <Button tone="primary" type="submit" form="sign-addendum" isDisabled={isPending || password === ''}>
            {isPending ? 'Signing' : 'Sign'}
          </Button>
        </>
      }
    >
      <form id="sign-addendum" className={cx(styles.form)} onSubmit={submit}>
        <KeyValue
          pairs={[
            { key: 'Client', value: note.row.client_name },
            { key: `${word} to`, value: noteHeading(note.row) },
            { key: 'Signed by', value: credential === '' ? name : `${name}, ${credential}` },
            { key: 'Time on this device', value: openedAt },
          ]}
        />
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keys (WCAG 2.1.1) */}
        <section aria-label="What is signed" tabIndex={0} className={cx(styles.content)}>
          {addendum.reason === '' ? null : <KeyValue shape="strip" pairs={[{ key: 'Reason', value: addendum.reason }]} />}
          {addendum.sections.map((section) => (
            <div key={section.key}>
              {section.key === 'addendum' ? null : <h3 className={cx(styles.heading)}>{section.label}</h3>}
              <p data-words className={cx(styles.words)}>
                {section.text}
              </p>
            </div>
          ))}
        </section>
        <p className={cx(styles.attestation)}>{note.addendum_statement}</p>
        <PasswordToSign what={word.toLowerCase()} isOnline={status.data?.is_online === true} error={error} password={password} onPassword={setPassword} />
        <p className={cx(styles.forever)}>A signed {word.toLowerCase()} never changes, and the note itself stays as it was signed.</p>
      </form>
    </Dialog>
  );
}
