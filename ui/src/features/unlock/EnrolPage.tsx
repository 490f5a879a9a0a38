import type { ProfileView } from '../../backend/generated/api';
import { useChange } from '../../backend/query';
import { Enrol } from './Enrol';
import { thresholdProblem } from './model';

export function EnrolPage({ profile }: { readonly profile: ProfileView }) {
  const enrol = useChange('enrol');
  return (
    <Enrol
      isBusy={enrol.isPending}
      problem={thresholdProblem(enrol.error)}
      accessEnded={profile.access_ended}
      onEnrol={(enrolment) => enrol.mutate(enrolment)}
    />
  );
}
