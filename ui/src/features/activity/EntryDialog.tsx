import { useCall, useChange } from '../../backend/query';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { SyncPill } from '../../shared/ui/Pill';
import styles from './Devices.module.css';
import type { ActivityRow, Opens } from './model';

interface EntryDialogProps {
  readonly row: ActivityRow;
  readonly onClose: () => void;
  readonly onOpen: (opens: Opens) => void;
}

const OPEN: Readonly<Record<Opens['is'], string>> = { note: 'Open the note', conflict: 'Choose between the texts', chart: 'Open the chart' };

/** One entry with all its words, and the way to where it is seen to. */
export function EntryDialog({ row, onClose, onOpen }: EntryDialogProps) {
  const { opens } = row;
  const entry = row.order;
  const words = useCall('journal_words', { entry });
  const review = useChange('journal_review');
  const texts = words.data ?? [];
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={row.what}
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          {row.isForNotice ? (
            <Button isDisabled={review.isPending} onPress={() => review.mutate({ entry }, { onSuccess: onClose })}>
              I have seen to it
            </Button>
          ) : null}
          {opens === null ? null : (
            <Button tone="primary" autoFocus onPress={() => onOpen(opens)}>
              {OPEN[opens.is]}
            </Button>
          )}
        </>
      }
    >
      <div className={cx(styles.form)}>
        <p className={cx(styles.quiet)}>{row.when}</p>
        <SyncPill state={row.state} />
        <p>{row.outcome}</p>
        {review.error === null ? null : <p role="alert">{review.error.message}</p>}
        {texts.length === 0 ? null : (
          <>
            <p className={cx(styles.quiet)}>What you had written is kept here. Select and copy it to where it belongs.</p>
            {texts.map(({ from, text }) => (
              <section key={from} className={cx(styles.kept)}>
                <h3>{from}</h3>
                <p>{text}</p>
              </section>
            ))}
          </>
        )}
      </div>
    </Dialog>
  );
}
