import { useChange } from '../../backend/query';
import { Enrol } from './Enrol';
import { thresholdProblem } from './model';

export function EnrolPage() {
  const enrol = useChange('enrol');
  return <Enrol isBusy={enrol.isPending} problem={thresholdProblem(enrol.error)} onEnrol={(enrolment) => enrol.mutate(enrolment)} />;
}
