import { X } from 'lucide-react';
import { Text, UNSTABLE_Toast as AriaToast, UNSTABLE_ToastContent as ToastContent, UNSTABLE_ToastRegion as AriaToastRegion } from 'react-aria-components';

import { Button, IconButton } from './Button';
import { cx } from './cx';
import styles from './ToastRegion.module.css';
import { toasts } from './toasts';

export function ToastRegion() {
  return (
    <AriaToastRegion queue={toasts} className={cx(styles.region)}>
      {({ toast }) => (
        <AriaToast toast={toast} className={cx(styles.toast)}>
          <ToastContent className={cx(styles.content)}>
            <Text slot="title">{toast.content.text}</Text>
          </ToastContent>
          {toast.content.undo === undefined ? null : (
            <Button
              tone="quiet"
              small
              onPress={() => {
                toast.content.undo?.act();
                toasts.close(toast.key);
              }}
            >
              {toast.content.undo.word}
            </Button>
          )}
          <IconButton slot="close" icon={X} label="Dismiss" />
        </AriaToast>
      )}
    </AriaToastRegion>
  );
}
