import { useNavigate } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { useState } from 'react';

import { useCall, useChange } from '../../backend/query';
import { Banner } from '../../shared/ui/Banner';
import { Loaded } from '../../shared/ui/Loaded';
import { toast } from '../../shared/ui/toasts';
import { PasswordDialog } from './PasswordDialog';
import { Settings } from './Settings';

export function SettingsPage() {
  const navigate = useNavigate();
  const settings = useCall('settings', {});
  const profile = useCall('profile', {});
  const who = useCall('whoami', {});
  const save = useChange('settings_save');
  const change = useChange('password_change');
  const [changes, setChanges] = useState(false);
  const [longest, setLongest] = useState<number | null>(null);
  return (
    <>
      <Loaded answer={settings} what="the settings" rows={10}>
        {(kept) => {
          // What was chosen shows at once; a refusal puts back what is kept and says so.
          const shown = save.isPending ? save.variables : kept;
          return (
            <Settings
              settings={shown}
              longestLock={longest}
              about={[
                { key: 'Practice', value: who.data?.practice_name ?? '' },
                { key: 'You', value: who.data === undefined ? '' : [who.data.display_name, who.data.credential].filter(Boolean).join(', ') },
                { key: 'Signed in as', value: who.data?.login ?? '' },
                { key: 'Time zone of the practice', value: who.data?.zone ?? '' },
                { key: 'Key of this device', value: profile.data?.secret_place === 'file' ? 'Beside the database, as the practice allows' : 'In the system’s keyring' },
              ]}
              banner={
                save.error === null ? null : (
                  <Banner tone="brick" icon={CircleAlert}>
                    {save.error.message}
                  </Banner>
                )
              }
              onChange={(next) =>
                save.mutate(next, {
                  onSuccess: (saved) => {
                    if (saved.idle_lock_minutes < next.idle_lock_minutes) setLongest(saved.idle_lock_minutes);
                  },
                })
              }
              onPassword={() => setChanges(true)}
              onDevices={() => void navigate({ to: '/activity', search: { tab: 'devices' } })}
            />
          );
        }}
      </Loaded>
      {changes ? (
        <PasswordDialog
          isBusy={change.isPending}
          refusal={change.error?.message ?? null}
          onClose={() => {
            change.reset();
            setChanges(false);
          }}
          onChange={(current, next) =>
            change.mutate(
              { current, new: next },
              {
                onSuccess: () => {
                  setChanges(false);
                  toast({ text: 'Password changed' });
                },
              },
            )
          }
        />
      ) : null}
    </>
  );
}
