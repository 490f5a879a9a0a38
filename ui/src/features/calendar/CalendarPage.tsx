import { useCall } from '../../backend/query';
import { Loaded } from '../../shared/ui/Loaded';

interface CalendarPageProps {
  /** A civil date within what is shown; today when absent. */
  readonly date: string | null;
  readonly span: 'day' | 'week' | null;
  /** Opens with the booking dialog, for this client if one is named. */
  readonly books: boolean;
  readonly clientId: string | null;
}

export function CalendarPage({ date, span, books, clientId }: CalendarPageProps) {
  const today = useCall('whoami', {});
  return (
    <Loaded answer={today} what="the calendar">
      {(who) => (
        <p data-span={span} data-books={books} data-client={clientId}>
          {date ?? who.today}
        </p>
      )}
    </Loaded>
  );
}
