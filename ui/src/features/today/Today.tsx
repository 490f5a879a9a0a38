import { CalendarPlus, CircleAlert, GitMerge, Inbox } from 'lucide-react';

import { dayLong } from '../../shared/format/civil';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Icon } from '../../shared/ui/Icon';
import { Panel } from '../../shared/ui/Panel';
import { Count, Pill, SyncPill } from '../../shared/ui/Pill';
import { RowList } from '../../shared/ui/RowList';
import { DUE_TONE, STANDING_LOOK } from '../notes/model';
import { AgendaRow } from './AgendaRow';
import { type AgendaEntry, type Day, daySentence, gapBefore, type ReviewItem } from './model';
import styles from './Today.module.css';

interface TodayProps {
  readonly view: Day;
  /** Why the last thing asked for was refused, in the application's words. */
  readonly refusal: string | null;
  readonly onOpenAppointment: (entry: AgendaEntry) => void;
  readonly onOpenNote: (id: string) => void;
  readonly onReview: (item: ReviewItem) => void;
  readonly onOpenActivity: () => void;
  readonly onOpenQuarantine: () => void;
  readonly onBook: () => void;
}

/** Home: what is next, what is owed, what needs a decision, and whether everything is safe. */
export function Today({ view, refusal, onOpenAppointment, onOpenNote, onReview, onOpenActivity, onOpenQuarantine, onBook }: TodayProps) {
  const rows = view.agenda.map((entry, index) => ({ ...entry, gap: gapBefore(view.agenda, index) }));
  const nowRow = rows.find((row) => row.phase === 'now' || row.phase === 'next' || row.phase === 'later')?.id ?? null;
  return (
    <div className={cx(styles.today)}>
      <section aria-labelledby="today-date" className={cx(styles.day)}>
        <header className={cx(styles.head)}>
          <div>
            <h1 id="today-date" className={cx(styles.date)}>
              {dayLong(view.date)}
            </h1>
            <p className={cx(styles.sentence)}>{daySentence(view)}</p>
          </div>
          <Button icon={CalendarPlus} onPress={onBook}>
            Book
          </Button>
        </header>
        {refusal === null ? null : (
          <Banner tone="ochre" icon={CircleAlert}>
            {refusal}
          </Banner>
        )}
        <RowList
          label="Appointments today"
          rows={rows}
          words={(row) => row.who}
          draw={(row) => <AgendaRow entry={row} gap={row.gap} now={row.id === nowRow ? view.clock : null} />}
          onOpen={onOpenAppointment}
          empty={
            <EmptyState title="A day without appointments" action={<Button onPress={onBook}>Book an appointment</Button>}>
              Notes that wait for you stand at the right.
            </EmptyState>
          }
        />
      </section>
      <aside aria-label="What waits for you" className={cx(styles.side)}>
        {view.review.length === 0 ? null : (
          <div className={cx(styles.review)}>
            <Panel
              title="Needs your review"
              aside={<Count of={view.review.length} tone="plum" />}
            >
              <RowList
                label="Needs your review"
                rows={view.review}
                words={(row) => `${row.who}, ${row.what}, ${row.between}`}
                onOpen={onReview}
                draw={(row) => (
                  <div className={cx(styles.item)}>
                    <span className={cx(styles.plum)}>
                      <Icon as={GitMerge} size={16} />
                    </span>
                    <span className={cx(styles.who)}>{row.who}</span>
                    <span className={cx(styles.what)}>{row.what}</span>
                    <span className={cx(styles.second)}>{row.between}</span>
                  </div>
                )}
              />
            </Panel>
          </div>
        )}
        {view.lateWork === 0 ? null : (
          <Banner
            tone="plum"
            icon={Inbox}
            action={
              <Button small onPress={onOpenQuarantine}>
                Decide
              </Button>
            }
          >
            {view.lateWork === 1 ? 'Late work on one note waits for a decision.' : `Late work on ${view.lateWork.toLocaleString()} notes waits for a decision.`}
          </Banner>
        )}
        <Panel
          title="To sign"
          fills
          aside={<Count of={view.unsignedCount} tone={view.unsigned.some((note) => note.due?.level === 'over') ? 'brick' : 'ochre'} />}
        >
          <RowList
            label="Notes to sign"
            rows={view.unsigned}
            words={(row) => [row.who, row.what, row.due?.words].filter(Boolean).join(', ')}
            onOpen={(row) => onOpenNote(row.id)}
            empty={<p className={cx(styles.none)}>Every note is signed.</p>}
            draw={(row) => (
              <div className={cx(styles.item)}>
                <span className={cx(styles.standing)}>
                  <Icon as={STANDING_LOOK[row.standing].icon} size={16} label={STANDING_LOOK[row.standing].word} />
                </span>
                <span className={cx(styles.who)}>{row.who}</span>
                <span className={cx(styles.what)}>{row.what}</span>
                {row.due === null ? null : (
                  <span className={cx(styles.due)}>
                    <Pill tone={DUE_TONE[row.due.level]} bare>
                      {row.due.words}
                    </Pill>
                  </span>
                )}
              </div>
            )}
          />
          {view.unsignedCount > view.unsigned.length ? (
            <p className={cx(styles.none)}>
              {(view.unsignedCount - view.unsigned.length).toLocaleString()} more, due later, stand in their charts.
            </p>
          ) : null}
        </Panel>
        <Panel
          title="This device and the practice"
          aside={
            <Button tone="quiet" small flush="end" onPress={onOpenActivity}>
              Open the log
            </Button>
          }
        >
          <ul className={cx(styles.queue)}>
            {view.queue.map((line) => (
              <li key={line.state} className={cx(styles.line)}>
                <SyncPill state={line.state} />
                <span data-figures>{line.words}</span>
              </li>
            ))}
            <li className={cx(styles.line)}>
              <span className={cx(styles.quiet)}>Last heard from the practice</span>
              <span data-figures>{view.lastSync}</span>
            </li>
          </ul>
        </Panel>
      </aside>
    </div>
  );
}
