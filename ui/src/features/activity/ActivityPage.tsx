import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';

export function ActivityPage() {
  const journal = useCall('journal', {});
  return (
    <Loaded answer={journal} what="the activity log">
      {(entries) => <p>{entries.length}</p>}
    </Loaded>
  );
}
