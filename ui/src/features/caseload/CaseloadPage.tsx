import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';

interface CaseloadPageProps {
  /** Opens with the dialog for a new client. */
  readonly creates: boolean;
}

export function CaseloadPage({ creates }: CaseloadPageProps) {
  const clients = useCall('clients', { query: '', include_inactive: false });
  return (
    <Loaded answer={clients} what="the caseload">
      {(rows) => <p data-creates={creates}>{rows.length}</p>}
    </Loaded>
  );
}
