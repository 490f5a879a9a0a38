import { Copy } from 'lucide-react';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { TextArea } from '../../shared/ui/TextArea';
import { toast } from '../../shared/ui/toasts';
import styles from './Devices.module.css';

/** The log as text, to be read before it is handed on. */
export function ExportDialog({ text, onClose }: { readonly text: string; readonly onClose: () => void }) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="The log as text"
      width="wide"
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button tone="primary" icon={Copy} onPress={() => void navigator.clipboard.writeText(text).then(() => toast({ text: 'Log copied' }))}>
            Copy
          </Button>
        </>
      }
    >
      <div className={cx(styles.form)}>
        <p>It names no client, no note and no person: only times, kinds, outcomes and what the server answered.</p>
        <TextArea label="Log" rows={16} value={text} isReadOnly spellCheck="false" />
      </div>
    </Dialog>
  );
}
