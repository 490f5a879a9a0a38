import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

import { Button, IconButton } from './Button';
import { cx } from './cx';
import styles from './Dialog.module.css';

interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  /** The row of buttons; the way on stands right, the way back left of it. */
  readonly actions: ReactNode;
  readonly width?: 'narrow' | 'wide';
  /** False where leaving by Esc or a click beside it would lose what was entered. */
  readonly leavable?: boolean;
}

export function Dialog({ isOpen, onClose, title, children, actions, width = 'narrow', leavable = true }: DialogProps) {
  return (
    <ModalOverlay
      data-question
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      isDismissable={leavable}
      isKeyboardDismissDisabled={!leavable}
      className={cx(styles.overlay)}
    >
      <Modal className={cx(styles.modal)} data-width={width}>
        <AriaDialog className={cx(styles.dialog)}>
          <header className={cx(styles.head)}>
            <Heading slot="title" className={cx(styles.title)}>
              {title}
            </Heading>
            {leavable ? <IconButton icon={X} label="Close" onPress={onClose} /> : null}
          </header>
          <div className={cx(styles.body)}>{children}</div>
          <footer className={cx(styles.actions)}>{actions}</footer>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface AlertDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen, and what is safe. */
  readonly children: ReactNode;
  /** Names the deed, `Discard section`; never `OK`. */
  readonly confirm: string;
  readonly onConfirm: () => void;
  /** Where the way back leads. */
  readonly back?: string;
  readonly tone?: 'primary' | 'danger';
}

/** Asked only where undo cannot help. The way back holds the focus. */
export function AlertDialog({ isOpen, onClose, title, children, confirm, onConfirm, back = 'Go back', tone = 'danger' }: AlertDialogProps) {
  return (
    <ModalOverlay
      data-question
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className={cx(styles.overlay)}
    >
      <Modal className={cx(styles.modal)} data-width="narrow">
        <AriaDialog role="alertdialog" className={cx(styles.dialog)}>
          <header className={cx(styles.head)}>
            <Heading slot="title" className={cx(styles.title)}>
              {title}
            </Heading>
          </header>
          <div className={cx(styles.body)}>{children}</div>
          <footer className={cx(styles.actions)}>
            <Button autoFocus onPress={onClose}>
              {back}
            </Button>
            <Button tone={tone} onPress={onConfirm}>
              {confirm}
            </Button>
          </footer>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
