import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';

export function SettingsPage() {
  const settings = useCall('settings', {});
  return (
    <Loaded answer={settings} what="the settings">
      {(view) => <p>{view.theme}</p>}
    </Loaded>
  );
}
