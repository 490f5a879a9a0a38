import { useNavigate } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { useMemo, useState } from 'react';

import type { AppointmentView, UserRow, Whoami } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { clockSpan, dayLong } from '../../shared/format/civil';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { AlertDialog } from '../../shared/ui/Dialog';
import { Loaded } from '../../shared/ui/Loaded';
import { Skeleton } from '../../shared/ui/Skeleton';
import { toast } from '../../shared/ui/toasts';
import { AppointmentDialog } from './AppointmentDialog';
import { BookDialog, type BookedFor } from './BookDialog';
import { Calendar, type Span } from './Calendar';
import { type AppointmentStatus, type CalendarEntry, columnsOf, entryOf, type Slot, snap, USUAL_MIN, wallClock, wayBack, weekOf } from './model';
import { MoveDialog } from './MoveDialog';
import { PeopleMenu } from './PeopleMenu';
import { useAgenda } from './useAgenda';
import { useWallClock } from './useWallClock';

interface CalendarPageProps {
  /** A civil date within what is shown; today when absent. */
  readonly date: string | null;
  readonly span: Span | null;
  /** Opens with the booking dialog, for this client if one is named. */
  readonly books: boolean;
  readonly clientId: string | null;
}

export function CalendarPage(props: CalendarPageProps) {
  const who = useCall('whoami', {});
  const users = useCall('users', {});
  const answer = {
    data: who.data === undefined || users.data === undefined ? undefined : { who: who.data, users: users.data },
    error: who.error ?? users.error,
    refetch: () => {
      void who.refetch();
      void users.refetch();
    },
  };
  return (
    <Loaded answer={answer} what="the calendar" rows={12}>
      {({ who, users }) => <OpenCalendar {...props} who={who} users={users} />}
    </Loaded>
  );
}

const SCHEDULES: readonly string[] = ['clinician', 'practice_manager', 'front_desk'];
const BOOKS_FOR_ALL: readonly string[] = ['practice_manager', 'front_desk'];
/** As many people's days as stand legibly beside each other. */
const FIRST_SHOWN = 4;
const SERVICES: readonly string[] = ['Individual therapy', 'Intake', 'Couples therapy', 'Family therapy', 'Check-in'];

interface OpenCalendarProps extends CalendarPageProps {
  readonly who: Whoami;
  readonly users: readonly UserRow[];
}

type Doing =
  | { readonly is: 'nothing' }
  | { readonly is: 'open' | 'move'; readonly id: string }
  | { readonly is: 'clash'; readonly id: string; readonly to: Slot; readonly words: string };

const NOTHING: Doing = { is: 'nothing' };

function OpenCalendar({ date: asked, span: askedSpan, books, clientId, who, users }: OpenCalendarProps) {
  const navigate = useNavigate();
  const clock = useWallClock() ?? { date: who.today, minutes: 0 };
  // One's own time stands first, wherever several people's stands.
  const clinicians = useMemo(
    () => users.filter((user) => user.roles.includes('clinician')).toSorted((one, other) => Number(other.user_id === who.user_id) - Number(one.user_id === who.user_id)),
    [users, who.user_id],
  );
  const treats = who.roles.includes('clinician');
  const [shown, setShown] = useState<readonly string[]>(() => (treats || clinicians.length === 0 ? [who.user_id] : clinicians.slice(0, FIRST_SHOWN).map((user) => user.user_id)));
  const date = asked ?? clock.date;
  const span = askedSpan ?? (treats ? 'week' : 'day');
  const dates = span === 'day' ? [date] : weekOf(date);
  const agenda = useAgenda(dates[0] ?? date, dates.at(-1) ?? date, shown);
  const maySchedule = who.roles.some((role) => SCHEDULES.includes(role));
  const bookable = who.roles.some((role) => BOOKS_FOR_ALL.includes(role)) ? clinicians : clinicians.filter((user) => user.user_id === who.user_id);

  const [doing, setDoing] = useState<Doing>(NOTHING);
  const [drawn, setDrawn] = useState<{ readonly slot: Slot; readonly clinicianId: string } | null>(null);
  // What is being moved stands at its new time until the agenda says so itself, or the move is refused.
  const [carried, setCarried] = useState<{ readonly id: string; readonly slot: Slot; readonly over: readonly AppointmentView[] | undefined } | null>(null);
  const book = useChange('appointment_book');
  const move = useChange('appointment_move');
  const cancel = useChange('appointment_cancel');
  const progress = useChange('appointment_progress');
  const video = useChange('open_video');
  const create = useChange('note_create');
  const clients = useCall('clients', { query: '', include_inactive: true }, { enabled: books });

  const views = useMemo(() => agenda.data ?? [], [agenda.data]);
  const entries = useMemo(
    () =>
      views
        .map((view) => entryOf(view, maySchedule))
        .map((entry) => (carried?.id === entry.id && carried.over === agenda.data ? { ...entry, ...carried.slot } : entry)),
    [views, maySchedule, carried, agenda.data],
  );
  const people = clinicians.filter((user) => shown.includes(user.user_id));
  const columns = columnsOf(dates, people);
  const opened = doing.is === 'nothing' ? undefined : views.find((view) => view.appointment_id === doing.id);
  const openedEntry = opened === undefined ? undefined : entries.find((entry) => entry.id === opened.appointment_id);

  const go = (to: { readonly date?: string; readonly span?: Span; readonly book?: true; readonly client?: string }) =>
    void navigate({ to: '/calendar', search: { date, span, ...to }, replace: to.book === undefined });
  const close = () => {
    for (const change of [move, cancel, progress, video, create]) change.reset();
    setDoing(NOTHING);
  };

  const moveTo = (entry: Pick<CalendarEntry, 'id'>, to: Slot, isBeside: boolean) => {
    const from = entries.find((candidate) => candidate.id === entry.id);
    setCarried({ id: entry.id, slot: to, over: agenda.data });
    move.mutate(
      { appointment_id: entry.id, ...wallClock(to), overlap_allowed: isBeside },
      {
        onSuccess: ({ provisional }) => {
          setDoing(NOTHING);
          const words = wallClock(to);
          toast({
            text: `Moved to ${dayLong(to.date)}, ${clockSpan(words.start, words.end)}${provisional ? ', tentatively' : ''}`,
            ...(from === undefined ? {} : { undo: { word: 'Move it back', act: () => moveTo(entry, { date: from.date, start: from.start, end: from.end }, true) } }),
          });
          if (!dates.includes(to.date)) go({ date: to.date });
        },
        onError: (error) => {
          setCarried(null);
          if (error.code === 'slot_taken') setDoing({ is: 'clash', id: entry.id, to, words: error.message });
        },
      },
    );
  };

  const progressTo = (view: AppointmentView, from: AppointmentStatus, to: AppointmentStatus) =>
    progress.mutate(
      { appointment_id: view.appointment_id, to },
      {
        onSuccess: () => {
          setDoing(NOTHING);
          const back = wayBack(from, to);
          toast({
            text: `${view.client_name}: ${SAID[to]}`,
            ...(back.length === 0
              ? {}
              : {
                  undo: {
                    word: 'Undo',
                    act: () => void back.reduce((before, step) => before.then(() => progress.mutateAsync({ appointment_id: view.appointment_id, to: step })), Promise.resolve<unknown>(null)).catch(() => setDoing({ is: 'open', id: view.appointment_id })),
                  },
                }),
          });
        },
      },
    );

  const cancelFor = (view: AppointmentView, reason: string) =>
    cancel.mutate(
      { appointment_id: view.appointment_id, reason },
      {
        onSuccess: () => {
          setDoing(NOTHING);
          const { client_id, clinician_id, date, start, end, zone, service, modality, place, video_link } = view;
          toast({
            text: `${view.client_name}: appointment cancelled`,
            // A cancelled appointment has given its time away; the way back is to book the same again.
            undo: { word: 'Book it again', act: () => book.mutate({ client_id, clinician_id, date, start, end, zone, service, modality, place, video_link, overlap_allowed: false }) },
          });
        },
      },
    );

  const openNote = (view: AppointmentView) => {
    if (view.note_id !== null) void navigate({ to: '/note/$noteId', params: { noteId: view.note_id } });
    else {
      create.mutate(
        { appointment_id: view.appointment_id, client_id: view.client_id, ...(view.status === 'no_show' ? { note_type: 'missed' } : {}), sections: {}, fields: {} },
        { onSuccess: ({ id }) => void navigate({ to: '/note/$noteId', params: { noteId: id } }) },
      );
    }
  };

  const refusal = (cancel.error ?? progress.error ?? video.error ?? create.error)?.message ?? null;
  const unsaid = doing.is === 'nothing' ? (move.error !== null && move.error.code !== 'slot_taken' ? move.error.message : (refusal ?? (books ? null : (book.error?.message ?? null)))) : null;
  const slot = drawn?.slot ?? nextSlot(date === clock.date ? clock.minutes : null, date);

  return (
    <>
      <Calendar
        date={date}
        span={span}
        dates={dates}
        columns={columns}
        today={clock.date}
        now={clock.minutes}
        entries={entries}
        owner={(entry) => (people.length < 2 || (columns.length > 0 && columns[0]?.clinicianId !== undefined) || entry.clinicianId === who.user_id ? null : entry.clinician)}
        people={clinicians.length < 2 ? null : <PeopleMenu me={who.user_id} clinicians={clinicians} shown={shown} onShow={setShown} />}
        banner={
          agenda.error !== null ? (
            <Banner
              tone="brick"
              icon={CircleAlert}
              shape="strip"
              action={
                <Button small onPress={agenda.refetch}>
                  Try again
                </Button>
              }
            >
              {agenda.error.message}
            </Banner>
          ) : unsaid === null ? null : (
            <Banner
              tone="brick"
              icon={CircleAlert}
              shape="strip"
              action={
                <Button
                  small
                  onPress={() => {
                    book.reset();
                    close();
                  }}
                >
                  Understood
                </Button>
              }
            >
              {unsaid}
            </Banner>
          )
        }
        onDate={(next) => go({ date: next })}
        onSpan={(next) => go({ span: next })}
        onOpen={(entry) => {
          if (entry.kind === 'appointment') setDoing({ is: 'open', id: entry.id });
        }}
        onMove={(entry, to) => moveTo(entry, to, false)}
        onBook={
          maySchedule
            ? (at, column) => {
                const whose = column?.clinicianId ?? shown[0] ?? who.user_id;
                setDrawn(at === null ? null : { slot: at, clinicianId: bookable.some((user) => user.user_id === whose) ? whose : who.user_id });
                go({ book: true });
              }
            : null
        }
      />
      {doing.is === 'open' && opened !== undefined && openedEntry !== undefined ? (
        <AppointmentDialog
          key={opened.appointment_id}
          view={opened}
          status={openedEntry.status}
          maySchedule={maySchedule}
          mayWrite={treats && opened.date <= clock.date}
          isBusy={cancel.isPending || progress.isPending || create.isPending}
          refusal={refusal}
          onClose={close}
          onNote={() => openNote(opened)}
          onChart={() => void navigate({ to: '/chart/$clientId', params: { clientId: opened.client_id } })}
          onVideo={() => video.mutate({ appointment_id: opened.appointment_id }, { onSuccess: close })}
          onMove={() => setDoing({ is: 'move', id: opened.appointment_id })}
          onProgress={(to) => progressTo(opened, openedEntry.status, to)}
          onCancel={(reason) => cancelFor(opened, reason)}
        />
      ) : null}
      {doing.is === 'move' && openedEntry !== undefined ? (
        <MoveDialog
          entry={openedEntry}
          others={entries}
          isBusy={move.isPending}
          refusal={move.error !== null && move.error.code !== 'slot_taken' ? move.error.message : null}
          onClose={close}
          onMove={(to, isBeside) => moveTo(openedEntry, to, isBeside)}
        />
      ) : null}
      <AlertDialog
        isOpen={doing.is === 'clash'}
        onClose={close}
        title="That time is taken"
        confirm="Move it beside the other"
        tone="primary"
        onConfirm={() => {
          if (doing.is === 'clash') moveTo(doing, doing.to, true);
        }}
      >
        {doing.is === 'clash' ? doing.words : ''}
      </AlertDialog>
      {!books || !maySchedule ? null : clients.data === undefined && clientId !== null ? (
        <Skeleton rows={0} label="Opening the booking" />
      ) : (
        <BookDialog
          booked={bookedFor(clientId, drawn?.clinicianId ?? (bookable.some((user) => user.user_id === who.user_id) ? who.user_id : (bookable[0]?.user_id ?? who.user_id)), slot)}
          clients={clients.data ?? []}
          clinicians={bookable}
          services={[...new Set([...SERVICES, ...views.map((view) => view.service).filter(Boolean)])]}
          isBusy={book.isPending}
          refusal={book.error}
          onClose={() => {
            book.reset();
            setDrawn(null);
            void navigate({ to: '/calendar', search: { date, span }, replace: true });
          }}
          onBook={(input) =>
            book.mutate(input, {
              onSuccess: ({ provisional }) => {
                setDrawn(null);
                toast({ text: `Booked${provisional ? ', tentatively: the practice confirms it with the next sync' : ''}` });
                void navigate({ to: '/calendar', search: { date: input.date, span }, replace: true });
              },
            })
          }
        />
      )}
    </>
  );
}

const SAID: Readonly<Record<AppointmentStatus, string>> = { checked_in: 'is here', completed: 'took place', no_show: 'did not come', booked: 'booked again', cancelled: 'cancelled' };

function bookedFor(clientId: string | null, clinicianId: string, slot: Slot): BookedFor {
  return { clientId, clinicianId, slot };
}

const MORNING = 9 * 60;
const HALF_HOUR = 30;

/** What is offered when no time was drawn: the next half hour of today, the morning of any other day. */
function nextSlot(now: number | null, date: string): Slot {
  const start = now === null ? MORNING : Math.min(23 * 60, snap(Math.ceil(now / HALF_HOUR) * HALF_HOUR));
  return { date, start, end: start + USUAL_MIN };
}
