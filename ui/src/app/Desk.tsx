import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { forgetRecords } from '../backend/follow';
import { useCall } from '../backend/query';
import { forgetTaken, resumeAll } from '../features/notes/Autosave';
import { EnrolPage } from '../features/unlock/EnrolPage';
import { UnlockPage } from '../features/unlock/UnlockPage';
import { forgetKept } from '../shared/kept';
import { ErrorBoundary, ErrorScreen } from '../shared/ui/ErrorScreen';
import { forgetToasts } from '../shared/ui/toasts';
import { useAppearance } from './appearance';
import { ClosingDialog } from './ClosingDialog';
import { OpenDesk } from './OpenDesk';

/**
 * Everything behind the lock. While the device is locked no screen of it exists, and no record is in memory but
 * words that a lock cut off before they were taken; the address stays, so that unlocking leads back to the place.
 */
export function Desk() {
  return (
    <>
      <Room />
      <ClosingDialog />
    </>
  );
}

function Room() {
  const client = useQueryClient();
  const profile = useCall('profile', {});
  const isOpen = profile.data?.is_unlocked ?? false;
  const isEnrolled = profile.data?.is_enrolled ?? true;
  const wasOpen = useRef(false);

  // By the profile, not by the settings: they are known before anything is unlocked.
  useAppearance(profile.data?.appearance);

  useEffect(() => {
    if (isOpen) {
      resumeAll();
    } else if (wasOpen.current) {
      forgetRecords(client);
      forgetTaken();
      forgetToasts();
    }
    wasOpen.current = isOpen;
  }, [client, isOpen]);

  useEffect(() => {
    if (!isEnrolled) forgetKept();
  }, [isEnrolled]);

  if (profile.data === undefined) {
    if (profile.error === null) return null;
    return <ErrorScreen what="MentalSpace could not open." why={profile.error.message} code={`profile:${profile.error.code}`} onRetry={() => void profile.refetch()} />;
  }
  return (
    <ErrorBoundary screen="the window">
      {profile.data.is_enrolled ? profile.data.is_unlocked ? <OpenDesk /> : <UnlockPage profile={profile.data} /> : <EnrolPage profile={profile.data} />}
    </ErrorBoundary>
  );
}
