import { FilePlus2, ShieldCheck, ShieldEllipsis } from 'lucide-react';

import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import { KeyValue } from '../../shared/ui/KeyValue';
import type { NoteStanding } from './model';
import styles from './NoteReader.module.css';
import { StandingPill } from './StandingPill';

export interface NoteReaderView {
  readonly title: string;
  readonly standing: NoteStanding;
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly sections: readonly { readonly key: string; readonly label: string; readonly text: string }[];
  readonly signature: {
    readonly signer: string;
    /** The device's time in words. */
    readonly signedAt: string;
    /** The server's time in words, once it has the note. */
    readonly receivedAt: string | null;
    /** The first groups of the content hash, for comparing by eye. */
    readonly fingerprint: string;
  } | null;
  readonly addenda: readonly {
    readonly id: string;
    readonly title: string;
    readonly reason: string;
    readonly text: string;
    readonly signed: string;
  }[];
  /** Why it is hidden from the chart, when it was entered in error. */
  readonly voided: string | null;
}

interface NoteReaderProps {
  readonly view: NoteReaderView;
  readonly onAddendum: (() => void) | null;
}

/** A note as it will be read in five years. */
export function NoteReader({ view, onAddendum }: NoteReaderProps) {
  return (
    <article className={cx(styles.note)} data-voided={view.voided !== null || undefined}>
      <header className={cx(styles.head)}>
        <h2 className={cx(styles.title)}>{view.title}</h2>
        <StandingPill standing={view.standing} />
      </header>
      {view.voided === null ? null : (
        <Banner tone="brick" icon={ShieldEllipsis}>
          <strong>Entered in error.</strong> {view.voided} The text stays readable and is left out of the chart.
        </Banner>
      )}
      <KeyValue shape="strip" pairs={view.facts} />
      {view.sections.map((section) => (
        <section key={section.key} className={cx(styles.section)}>
          <h3 className={cx(styles.label)}>{section.label}</h3>
          <p data-words className={cx(styles.words)}>
            {section.text === '' ? '—' : section.text}
          </p>
        </section>
      ))}
      {view.signature === null ? null : (
        <footer className={cx(styles.signature)}>
          <Icon as={view.signature.receivedAt === null ? ShieldEllipsis : ShieldCheck} size={20} />
          <div>
            <p className={cx(styles.signer)}>{view.signature.signer}</p>
            <p className={cx(styles.quiet)}>
              Signed {view.signature.signedAt} by this device’s clock.{' '}
              {view.signature.receivedAt === null ? 'Awaiting the server’s receipt.' : `Received by the server ${view.signature.receivedAt}.`}
            </p>
            <p className={cx(styles.quiet)}>
              Fingerprint <code className={cx(styles.print)}>{view.signature.fingerprint}</code>
            </p>
          </div>
        </footer>
      )}
      {view.addenda.map((addendum) => (
        <section key={addendum.id} className={cx(styles.addendum)}>
          <h3 className={cx(styles.label)}>{addendum.title}</h3>
          {addendum.reason === '' ? null : <p className={cx(styles.quiet)}>{addendum.reason}</p>}
          <p data-words className={cx(styles.words)}>
            {addendum.text}
          </p>
          <p className={cx(styles.quiet)}>{addendum.signed}</p>
        </section>
      ))}
      {onAddendum === null ? null : (
        <div>
          <Button icon={FilePlus2} onPress={onAddendum}>
            Write an addendum
          </Button>
        </div>
      )}
    </article>
  );
}
