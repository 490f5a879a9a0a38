import { ArrowLeft, CircleAlert, Info } from 'lucide-react';
import { useState } from 'react';

import { Banner } from '../../shared/ui/Banner';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { TextArea } from '../../shared/ui/TextArea';
import type { Work, WorkPiece, WorkText } from './model';
import styles from './Quarantine.module.css';

interface WorkScreenProps {
  readonly work: Work;
  /** Why the decision was not taken, in the application's words. */
  readonly refusal: string | null;
  readonly isBusy: boolean;
  readonly onLeave: () => void;
  readonly onAccept: (reason: string) => void;
  readonly onReturn: (reason: string) => void;
}

/** One author's late work on one note, every word of it, and the decision of somebody who holds the chart. */
export function WorkScreen({ work, refusal, isBusy, onLeave, onAccept, onReturn }: WorkScreenProps) {
  const [reason, setReason] = useState('');
  const [withPieces, setWithPieces] = useState(work.waiting.length === 0);
  const waits = work.waiting.length > 0;
  const mayDecide = waits && reason.trim() !== '' && !isBusy;
  return (
    <div className={cx(styles.screen)}>
      <header className={cx(styles.head)}>
        <IconButton icon={ArrowLeft} label="Back, nothing is decided" keys="Alt ←" onPress={onLeave} />
        <div className={cx(styles.names)}>
          <h1 className={cx(styles.client)}>{work.client}</h1>
          <p className={cx(styles.title)}>{work.title}</p>
        </div>
        <Button tone="quiet" onPress={() => setWithPieces(!withPieces)}>
          {withPieces ? 'Hide the single pieces' : 'Show the single pieces'}
        </Button>
      </header>
      <div className={cx(styles.body)}>
        {refusal === null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {refusal}
          </Banner>
        )}
        <p className={cx(styles.explains)}>{work.explains}</p>
        {work.texts.length === 0 ? <p className={cx(styles.explains)}>It holds no text of its own.</p> : work.texts.map((text) => <Text key={text.id} text={text} />)}
        {withPieces ? (
          <section aria-label="Single pieces" className={cx(styles.pieces)}>
            <h2 className={cx(styles.label)}>Single pieces, in the order in which they were written</h2>
            {work.pieces.map((piece) => (
              <Piece key={piece.id} piece={piece} />
            ))}
          </section>
        ) : null}
      </div>
      <footer className={cx(styles.foot)}>
        {waits ? (
          <>
            <Banner tone="neutral" icon={Info}>
              {work.accepting}
            </Banner>
            <TextArea label="Why" hint="Stays with the decision in the chart. The author is told what was decided, not why." rows={2} value={reason} onChange={setReason} autoFocus />
            <div className={cx(styles.deeds)}>
              <span role="status" className={cx(styles.left)}>
                {reason.trim() === '' ? 'Give a reason to decide.' : 'A decision stays.'}
              </span>
              <Button onPress={onLeave}>Decide later</Button>
              <Button tone="danger" isDisabled={!mayDecide} onPress={() => onReturn(reason)}>
                Return it
              </Button>
              <Button tone="primary" isDisabled={!mayDecide} onPress={() => onAccept(reason)}>
                Accept it in the author’s name
              </Button>
            </div>
          </>
        ) : (
          <div className={cx(styles.deeds)}>
            <span role="status" className={cx(styles.left)}>
              All of it is decided. The words stay here.
            </span>
            <Button tone="primary" autoFocus onPress={onLeave}>
              Back
            </Button>
          </div>
        )}
      </footer>
    </div>
  );
}

function Text({ text }: { readonly text: WorkText }) {
  return (
    <section aria-label={text.label} className={cx(styles.section)}>
      <h2 className={cx(styles.label)}>{text.label}</h2>
      {text.text.trim() === '' ? (
        <p className={cx(styles.nothing)}>Left empty.</p>
      ) : (
        <p data-words className={cx(styles.words)}>
          {text.text}
        </p>
      )}
    </section>
  );
}

function Piece({ piece }: { readonly piece: WorkPiece }) {
  return (
    <article aria-label={`${piece.what}, ${piece.when}`} className={cx(styles.piece)}>
      <p className={cx(styles.side)}>
        {piece.what}, {piece.when}
      </p>
      {piece.texts.map((text) => (
        <div key={text.id} className={cx(styles.change)}>
          <span className={cx(styles.side)}>{text.label}</span>
          {text.from.trim() === '' ? null : (
            <p className={cx(styles.before)}>
              <span className={cx(styles.side)}>Before: </span>
              <span data-words>{text.from}</span>
            </p>
          )}
          <p data-words className={cx(styles.words)}>
            {text.text}
          </p>
        </div>
      ))}
      {piece.decided === null ? null : (
        <p className={cx(styles.ruled)}>
          {piece.decided}
          {piece.reason === '' ? '' : `: ${piece.reason}`}
        </p>
      )}
    </article>
  );
}
