import { CircleAlert, ShieldAlert, ShieldCheck, ShieldEllipsis, ShieldQuestion } from 'lucide-react';

import type { NoteView, SignatureView, Verification } from '../../backend/generated/api';
import { moment, withMoments, zoneWords } from '../../shared/format/civil';
import { Banner } from '../../shared/ui/Banner';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { KeyValue } from '../../shared/ui/KeyValue';
import { Pill } from '../../shared/ui/Pill';
import type { Tone } from '../../shared/ui/sync';
import { BROKEN_LOOK, noteHeading, valueWords } from './model';
import styles from './NoteReader.module.css';
import { fingerprint } from './SignDialog';
import { StandingPill } from './StandingPill';

interface NoteReaderProps {
  readonly note: NoteView;
  /** The signature stands elsewhere on the screen. */
  readonly isSignedBeside?: boolean;
}

/** A note as it will be read in five years. */
export function NoteReader({ note, isSignedBeside = false }: NoteReaderProps) {
  const facts = note.fields.filter((field) => field.value !== '').map((field) => ({ key: field.label, value: valueWords(field, field.value) }));
  const diagnoses = note.diagnoses.map((diagnosis) => `${diagnosis.code} ${diagnosis.description}`).join('; ');
  return (
    <article className={cx(styles.note)} data-voided={note.void_reason !== null || undefined}>
      <header className={cx(styles.head)}>
        <h2 className={cx(styles.title)}>{noteHeading(note.row)}</h2>
        {note.signature?.verification === 'broken' ? (
          <Pill tone={BROKEN_LOOK.tone} icon={BROKEN_LOOK.icon}>
            {BROKEN_LOOK.word}
          </Pill>
        ) : (
          <StandingPill standing={note.row.standing} />
        )}
      </header>
      {note.void_reason === null ? null : (
        <Banner tone="brick" icon={ShieldEllipsis}>
          <strong>Entered in error.</strong> {note.void_reason} The text stays readable and is left out of the chart.
        </Banner>
      )}
      {note.refused_signatures.map((words) => (
        <Banner key={words} tone="brick" icon={CircleAlert}>
          {withMoments(words)}
        </Banner>
      ))}
      <KeyValue shape="strip" pairs={diagnoses === '' ? facts : [...facts, { key: 'Diagnoses', value: diagnoses }]} />
      {note.sections
        .filter((section) => section.text.trim() !== '')
        .map((section) => (
          <section key={section.key} className={cx(styles.section)}>
            <h3 className={cx(styles.label)}>{section.label}</h3>
            <p data-words className={cx(styles.words)}>
              {section.text}
            </p>
          </section>
        ))}
      {note.signature === null || isSignedBeside ? null : <Signature signature={note.signature} />}
    </article>
  );
}

const CHECKED: Readonly<Record<Verification, { readonly icon: typeof ShieldCheck; readonly tone: Tone; readonly words: string }>> = {
  verified: { icon: ShieldCheck, tone: 'moss', words: 'Checked on this device: the text is the one that was signed, and the signature is the signer’s.' },
  awaiting_receipt: { icon: ShieldEllipsis, tone: 'neutral', words: 'Signed on this device, awaiting receipt by the practice’s server.' },
  unknown: { icon: ShieldQuestion, tone: 'neutral', words: 'This device does not hold what it takes to check the signature.' },
  broken: {
    icon: ShieldAlert,
    tone: 'brick',
    words: 'The text here is not the one that was signed, or the signature is not the signer’s. Do not rely on it. The signed text is kept by the practice’s server: tell your administrator.',
  },
};

/** Who signed, when, by which clock, and what came of checking it here. */
export function Signature({ signature }: { readonly signature: SignatureView }) {
  const checked = CHECKED[signature.verification];
  return (
    <footer className={cx(styles.signature)} data-tone={checked.tone}>
      <Icon as={checked.icon} size={18} />
      <div>
        <p className={cx(styles.signer)}>{signature.credential === '' ? signature.printed_name : `${signature.printed_name}, ${signature.credential}`}</p>
        <p className={cx(styles.quiet)}>{signature.meaning}</p>
        <p className={cx(styles.quiet)} data-figures>
          Signed {moment(signature.signed_civil)} ({zoneWords(signature.zone)})
        </p>
        {signature.received_civil === null ? null : (
          <p className={cx(styles.quiet)} data-figures>
            Received by the server {moment(signature.received_civil)}
          </p>
        )}
        <p className={cx(styles.checked)}>{checked.words}</p>
        <p className={cx(styles.quiet)}>
          Fingerprint <code className={cx(styles.print)}>{fingerprint(signature.content_hash)}</code>
        </p>
      </div>
    </footer>
  );
}
