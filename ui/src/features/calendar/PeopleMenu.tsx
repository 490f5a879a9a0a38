import { ChevronDown, UsersRound } from 'lucide-react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';

import type { UserRow } from '../../backend/generated/api';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Icon } from '../../shared/ui/Icon';
import popover from '../../shared/ui/Popover.module.css';
import { Checkbox } from '../../shared/ui/Toggles';
import styles from './PeopleMenu.module.css';

interface PeopleMenuProps {
  readonly me: string;
  readonly clinicians: readonly UserRow[];
  readonly shown: readonly string[];
  readonly onShow: (shown: readonly string[]) => void;
}

/** Whose time is shown. Of colleagues' clients who are not on this device, only that the time is taken. */
export function PeopleMenu({ me, clinicians, shown, onShow }: PeopleMenuProps) {
  const names = clinicians.filter((user) => shown.includes(user.user_id)).map((user) => (user.user_id === me ? 'Mine' : user.display_name));
  return (
    <DialogTrigger>
      <Button icon={UsersRound} aria-label={`Whose calendar: ${names.join(', ')}`}>
        <span className={cx(styles.trigger)}>
          {names.length > 2 ? `${names.length} calendars` : names.join(', ')}
          <Icon as={ChevronDown} size={14} />
        </span>
      </Button>
      <Popover className={cx(popover.popover)} offset={4} placement="bottom end">
        <Dialog aria-label="Whose calendar" className={cx(styles.list)}>
          {clinicians.map((user) => {
            const isShown = shown.includes(user.user_id);
            return (
              <Checkbox
                key={user.user_id}
                isSelected={isShown}
                // Somebody's time is always shown.
                isDisabled={isShown && shown.length === 1}
                onChange={(on) => onShow(on ? clinicians.map((other) => other.user_id).filter((id) => id === user.user_id || shown.includes(id)) : shown.filter((id) => id !== user.user_id))}
              >
                {user.display_name}
                <span className={cx(styles.quiet)}>{user.user_id === me ? ' (you)' : ` ${user.credential}`}</span>
              </Checkbox>
            );
          })}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
