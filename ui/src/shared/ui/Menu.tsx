import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Header, Menu as AriaMenu, MenuItem, MenuSection, MenuTrigger, Popover } from 'react-aria-components';

import { cx } from './cx';
import { Icon } from './Icon';
import { Kbd } from './Kbd';
import styles from './Popover.module.css';

interface MenuEntry {
  readonly id: string;
  readonly word: string;
  readonly icon?: LucideIcon;
  readonly keys?: string;
  readonly tone?: 'danger';
  readonly isDisabled?: boolean;
  readonly onAction: () => void;
}

interface MenuGroup {
  readonly id: string;
  readonly heading?: string;
  readonly entries: readonly MenuEntry[];
}

interface MenuProps {
  readonly trigger: ReactNode;
  readonly groups: readonly MenuGroup[];
}

export function Menu({ trigger, groups }: MenuProps) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={cx(styles.popover)} offset={4} placement="bottom end">
        <AriaMenu className={cx(styles.list)}>
          {groups.map((group) => (
            <MenuSection key={group.id} aria-label={group.heading ?? group.id}>
              {group.heading === undefined ? null : <Header className={cx(styles.heading)}>{group.heading}</Header>}
              {group.entries.map((entry) => (
                <MenuItem
                  key={entry.id}
                  id={entry.id}
                  textValue={entry.word}
                  className={cx(styles.item)}
                  data-tone={entry.tone}
                  onAction={entry.onAction}
                  isDisabled={entry.isDisabled ?? false}
                >
                  {entry.icon ? <Icon as={entry.icon} size={16} /> : null}
                  <span>{entry.word}</span>
                  {entry.keys === undefined ? null : <Kbd keys={entry.keys} />}
                </MenuItem>
              ))}
            </MenuSection>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
