import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';

interface ChartPageProps {
  readonly clientId: string;
  /** The tab in the address; the page decides what an unknown one means. */
  readonly tab: string | null;
  /** The note to show in the list of notes. */
  readonly noteId: string | null;
}

export function ChartPage({ clientId, tab, noteId }: ChartPageProps) {
  const chart = useCall('chart', { client_id: clientId });
  return (
    <Loaded answer={chart} what="the chart">
      {(view) => (
        <p data-tab={tab} data-note={noteId}>
          {view.client.name}
        </p>
      )}
    </Loaded>
  );
}
