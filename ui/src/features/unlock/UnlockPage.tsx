import { useState } from 'react';

import type { ProfileView } from '../../backend/generated/api';
import { useChange } from '../../backend/query';
import { repairWords, thresholdProblem } from './model';
import { Recover } from './Recover';
import { Unlock } from './Unlock';

export function UnlockPage({ profile }: { readonly profile: ProfileView }) {
  const unlock = useChange('unlock');
  const rebuild = useChange('rebuild');
  const recover = useChange('recover');
  const [recovers, setRecovers] = useState(false);
  // Once asked for it stays: the next refusal may be about the other password.
  const [wantsNewer, setWantsNewer] = useState(false);
  if (unlock.error?.code === 'sign_in_refused' && !wantsNewer) setWantsNewer(true);
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
  // The way that was tried last says why it stayed shut.
  const problem = thresholdProblem(rebuild.error ?? unlock.error);
  const isRepaired = rebuild.data !== undefined;
  return (
    <Unlock
      practice={profile.practice_name}
      isBusy={unlock.isPending || rebuild.isPending}
      problem={isRepaired && problem?.isDamage === true ? null : problem}
      accessEnded={profile.access_ended}
      isDamaged={profile.is_damaged || (!isRepaired && problem?.isDamage === true)}
      repaired={isRepaired ? repairWords(rebuild.data) : null}
      wantsNewer={wantsNewer}
      onUnlock={(password, newer) => {
        rebuild.reset();
        unlock.mutate({ password, server_password: newer });
      }}
      onRepair={(password) => {
        unlock.reset();
        rebuild.mutate({ password, server_password: null });
      }}
      onRecover={() => setRecovers(true)}
    />
  );
}
