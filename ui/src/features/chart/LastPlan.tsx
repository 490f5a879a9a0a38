import { useCall } from '../../backend/query';
import type { NoteRow } from '../../backend/generated/api';
import { dayNear } from '../../shared/format/near';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Panel } from '../../shared/ui/Panel';
import { Skeleton } from '../../shared/ui/Skeleton';
import { PLAN_SECTIONS } from './history';
import styles from './OverviewTab.module.css';

interface LastPlanProps {
  readonly note: NoteRow;
  readonly today: string;
  readonly onNote: (noteId: string) => void;
}

/** The plan as it was last signed. A note without one takes no room once that is known. */
export function LastPlan({ note, today, onNote }: LastPlanProps) {
  const shown = useCall('note_show', { note_id: note.note_id });
  const plan = shown.data?.sections.find((section) => PLAN_SECTIONS.includes(section.key) && section.text.trim() !== '');
  if (shown.error !== null || (shown.data !== undefined && plan === undefined)) return null;
  const whose = `${note.service_date === null ? '' : `${dayNear(note.service_date, today)}, `}${note.author}`;
  return (
    <Panel
      title="The plan, as last signed"
      aside={
        <Button tone="quiet" small flush="end" aria-label={`Read the note: ${whose}`} onPress={() => onNote(note.note_id)}>
          {whose}
        </Button>
      }
    >
      {plan === undefined ? (
        <Skeleton rows={2} label="Opening the plan" />
      ) : (
        <p data-words className={cx(styles.plan)}>
          {plan.text}
        </p>
      )}
    </Panel>
  );
}
