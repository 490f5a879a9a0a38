import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';

export function TodayPage() {
  const today = useCall('today', {});
  return (
    <Loaded answer={today} what="today">
      {(view) => <p>{view.date}</p>}
    </Loaded>
  );
}
