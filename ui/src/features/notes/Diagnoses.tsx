import { useId } from 'react';

import type { DiagnosisView, FindingView } from '../../backend/generated/api';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Checkbox } from '../../shared/ui/Toggles';
import styles from './Diagnoses.module.css';

interface DiagnosesProps {
  readonly chart: readonly DiagnosisView[];
  /** Named in this note, in order. */
  readonly named: readonly DiagnosisView[];
  readonly findings: readonly FindingView[];
  readonly onName: (id: string, isNamed: boolean) => void;
  readonly onOpenChart: () => void;
}

/** Which of the chart's diagnoses this session was about. They are made on the chart, never here. */
export function Diagnoses({ chart, named, findings, onName, onOpenChart }: DiagnosesProps) {
  const askedId = useId();
  const asked = findings.find((finding) => finding.key === 'diagnoses');
  const gone = named.filter((diagnosis) => !chart.some((other) => other.diagnosis_id === diagnosis.diagnosis_id));
  const all = [...chart, ...gone];
  return (
    <fieldset className={cx(styles.diagnoses)} data-part="note:diagnoses" aria-describedby={asked === undefined ? undefined : askedId}>
      <legend className={cx(styles.label)}>Diagnoses</legend>
      {all.length === 0 ? (
        <p className={cx(styles.none)}>
          None is on the chart.{' '}
          <Button tone="quiet" small onPress={onOpenChart}>
            Open the chart
          </Button>
        </p>
      ) : (
        <ul className={cx(styles.list)}>
          {all.map((diagnosis) => (
            <li key={diagnosis.diagnosis_id}>
              <Checkbox
                isSelected={named.some((other) => other.diagnosis_id === diagnosis.diagnosis_id)}
                onChange={(isNamed) => onName(diagnosis.diagnosis_id, isNamed)}
              >
                <span data-figures>{diagnosis.code}</span> {diagnosis.description}
                {diagnosis.ended_on === null ? null : <span className={cx(styles.ended)}>, ended</span>}
              </Checkbox>
            </li>
          ))}
        </ul>
      )}
      {asked === undefined ? null : <p id={askedId} className={cx(styles.asked)}>{asked.message}</p>}
    </fieldset>
  );
}
