import { useState } from 'react';

import type { ProfileView } from '../../backend/generated/api';
import { useChange } from '../../backend/query';
import { thresholdProblem } from './model';
import { Recover } from './Recover';
import { Unlock } from './Unlock';

export function UnlockPage({ profile }: { readonly profile: ProfileView }) {
  const unlock = useChange('unlock');
  const recover = useChange('recover');
  const [recovers, setRecovers] = useState(false);
  if (recovers) {
    return (
      <Recover
        practice={profile.practice_name}
        isBusy={recover.isPending}
        problem={thresholdProblem(recover.error)}
        onRecover={(recoveryKey, password) => recover.mutate({ recovery_key: recoveryKey, new_password: password })}
        onBack={() => setRecovers(false)}
      />
    );
  }
  return (
    <Unlock
      practice={profile.practice_name}
      isBusy={unlock.isPending}
      problem={thresholdProblem(unlock.error)}
      onUnlock={(password) => unlock.mutate({ password })}
      onRecover={() => setRecovers(true)}
    />
  );
}
