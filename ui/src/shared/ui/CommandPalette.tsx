import { CornerDownLeft, type LucideIcon, Search } from 'lucide-react';
import { Autocomplete, Dialog, Header, Input, ListBox, ListBoxItem, ListBoxSection, Modal, ModalOverlay, TextField } from 'react-aria-components';

import styles from './CommandPalette.module.css';
import { cx } from './cx';
import { Icon } from './Icon';
import { Kbd } from './Kbd';

export interface PaletteEntry {
  readonly id: string;
  readonly word: string;
  readonly note?: string;
  readonly icon: LucideIcon;
  readonly keys?: string;
  readonly act: () => void;
}

interface PaletteGroup {
  readonly id: string;
  readonly heading: string;
  readonly entries: readonly PaletteEntry[];
}

interface CommandPaletteProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** Already ranked for the query; the palette draws and never sorts. */
  readonly groups: readonly PaletteGroup[];
}

/** Ctrl K: any client, any note, any action, without leaving the keyboard. */
export function CommandPalette({ isOpen, onClose, query, onQuery, groups }: CommandPaletteProps) {
  const entries = groups.flatMap((group) => group.entries);
  return (
    <ModalOverlay
      data-question
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      isDismissable
      className={cx(styles.overlay)}
    >
      <Modal className={cx(styles.modal)}>
        <Dialog aria-label="Find a client, a note or an action" className={cx(styles.dialog)}>
          <Autocomplete inputValue={query} onInputChange={onQuery}>
            <TextField autoFocus aria-label="Find a client, a note or an action" className={cx(styles.field)}>
              <Icon as={Search} size={18} />
              <Input className={cx(styles.input)} placeholder="A name, a word from a note, or what you want to do" />
              <Kbd keys="Esc" />
            </TextField>
            <ListBox
              aria-label="Found"
              className={cx(styles.list)}
              onAction={(key) => {
                const entry = entries.find((candidate) => candidate.id === key);
                onClose();
                entry?.act();
              }}
              renderEmptyState={() => (
                <p className={cx(styles.empty)}>Nothing on this device matches. The search covers your own caseload only.</p>
              )}
            >
              {groups.map((group) => (
                <ListBoxSection key={group.id} id={group.id}>
                  <Header className={cx(styles.heading)}>{group.heading}</Header>
                  {group.entries.map((entry) => (
                    <ListBoxItem key={entry.id} id={entry.id} textValue={entry.word} className={cx(styles.item)}>
                      <Icon as={entry.icon} size={16} />
                      <span className={cx(styles.word)}>{entry.word}</span>
                      <span className={cx(styles.note)}>{entry.note}</span>
                      {entry.keys === undefined ? (
                        <span className={cx(styles.enter)}>
                          <Icon as={CornerDownLeft} size={14} />
                        </span>
                      ) : (
                        <Kbd keys={entry.keys} />
                      )}
                    </ListBoxItem>
                  ))}
                </ListBoxSection>
              ))}
            </ListBox>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
