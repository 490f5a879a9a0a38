import type { CombinedView } from '../../backend/generated/api';
import { withMoments } from '../../shared/format/civil';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import styles from './CombinedText.module.css';

interface CombinedTextProps {
  readonly label: string;
  readonly combined: CombinedView;
  readonly isBusy: boolean;
  readonly onConfirm: () => void;
}

const WHOSE: Readonly<Record<string, string>> = { ours: 'from this text', theirs: 'from the other', both: 'in both' };

/** A section that was put together from two devices: what came from where, to be read before it counts as hers. */
export function CombinedText({ label, combined, isBusy, onConfirm }: CombinedTextProps) {
  return (
    <section aria-label={`${label}, combined`} className={cx(styles.combined)}>
      <header className={cx(styles.head)}>
        <p className={cx(styles.what)}>
          <strong>Combined from two devices.</strong> The marked words came from elsewhere ({withMoments(combined.from)}). Read them, change them below if they are not what you mean,
          and confirm.
        </p>
        <Button small aria-label={`Confirm: ${label}`} isDisabled={isBusy} onPress={onConfirm}>
          Confirm
        </Button>
      </header>
      <p data-words className={cx(styles.words)}>
        {combined.runs.map((run, index) =>
          WHOSE[run.from] === undefined ? (
            // The runs of one text have no identity but their place.
            // oxlint-disable-next-line react/no-array-index-key -- see above
            <span key={index}>{run.text}</span>
          ) : (
            // oxlint-disable-next-line react/no-array-index-key -- see above
            <mark key={index} className={cx(styles.run)} data-from={run.from} title={WHOSE[run.from]}>
              {run.text}
            </mark>
          ),
        )}
      </p>
    </section>
  );
}
