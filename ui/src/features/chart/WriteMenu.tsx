import { CalendarCheck, FilePlus2, FileText } from 'lucide-react';

import type { AppointmentView } from '../../backend/generated/api';
import { clock } from '../../shared/format/civil';
import { dayNear } from '../../shared/format/near';
import { Button } from '../../shared/ui/Button';
import { Menu } from '../../shared/ui/Menu';

/** What a new note is to be. */
export interface Begun {
  readonly appointmentId?: string;
  readonly type?: 'intake' | 'progress' | 'contact' | 'missed';
  readonly format?: string;
}

export interface WriteMenuProps {
  /** Sessions that still want a note. */
  readonly sessions: readonly AppointmentView[];
  readonly today: string;
  readonly usualFormat: string;
  readonly isBusy: boolean;
  readonly onWrite: (begun: Begun) => void;
}

const FORMATS: readonly (readonly [string, string])[] = [
  ['soap', 'SOAP'],
  ['dap', 'DAP'],
  ['birp', 'BIRP'],
  ['girp', 'GIRP'],
  ['narrative', 'Narrative'],
];

/** The usual format stands first, what documents a session stands above everything. */
export function WriteMenu({ sessions, today, usualFormat, isBusy, onWrite }: WriteMenuProps) {
  const formats = FORMATS.toSorted(([one], [other]) => Number(other === usualFormat) - Number(one === usualFormat));
  return (
    <Menu
      trigger={
        <Button tone="primary" icon={FilePlus2} isDisabled={isBusy}>
          Write note
        </Button>
      }
      groups={[
        ...(sessions.length === 0
          ? []
          : [
              {
                id: 'sessions',
                heading: 'For a session',
                entries: sessions.map((session) => ({
                  id: session.appointment_id,
                  word: `${dayNear(session.date, today)}, ${clock(session.start)}, ${session.service}`,
                  icon: CalendarCheck,
                  // Somebody who did not come gets the note that says so; the session's facts come with it.
                  onAction: () => onWrite({ appointmentId: session.appointment_id, ...(session.status === 'no_show' ? { type: 'missed' as const } : {}) }),
                })),
              },
            ]),
        {
          id: 'progress',
          heading: 'Progress note',
          entries: formats.map(([format, word]) => ({
            id: format,
            word: format === usualFormat ? `${word}, as usual` : word,
            icon: FileText,
            onAction: () => onWrite({ type: 'progress', format }),
          })),
        },
        {
          id: 'others',
          heading: 'Other notes',
          entries: [
            { id: 'intake', word: 'Intake', icon: FileText, onAction: () => onWrite({ type: 'intake' }) },
            { id: 'contact', word: 'Contact or consultation', icon: FileText, onAction: () => onWrite({ type: 'contact' }) },
            { id: 'missed', word: 'Missed or cancelled session', icon: FileText, onAction: () => onWrite({ type: 'missed' }) },
          ],
        },
      ]}
    />
  );
}
