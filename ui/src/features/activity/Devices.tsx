import { CircleAlert, Laptop } from 'lucide-react';
import { useState } from 'react';

import type { DeviceRow } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { momentWithin } from '../../shared/format/near';
import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { Dialog } from '../../shared/ui/Dialog';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Icon } from '../../shared/ui/Icon';
import { Loaded } from '../../shared/ui/Loaded';
import { Pill } from '../../shared/ui/Pill';
import type { Tone } from '../../shared/ui/sync';
import { TextField } from '../../shared/ui/TextField';
import { toast } from '../../shared/ui/toasts';
import styles from './Devices.module.css';

const STATUS: Readonly<Record<string, { readonly word: string; readonly tone: Tone }>> = {
  active: { word: 'In use', tone: 'moss' },
  draining: { word: 'Revoked, still handing over', tone: 'ochre' },
  revoked: { word: 'Revoked and erased', tone: 'neutral' },
};

const rank = (device: DeviceRow) => (device.is_this ? 0 : device.status === 'active' ? 1 : device.status === 'draining' ? 2 : 3);

/** This one, then those in use, then those that are not; the last heard from first. */
function usedFirst(one: DeviceRow, other: DeviceRow): number {
  return rank(one) - rank(other) || (other.last_contact ?? '').localeCompare(one.last_contact ?? '');
}

/** Which devices hold charts, and the way to take one out of use. The list is the server's. */
export function Devices({ today }: { readonly today: string }) {
  const devices = useCall('devices', {}, { asksAnew: true });
  const revoke = useChange('device_revoke');
  const [lost, setLost] = useState<DeviceRow | null>(null);
  return (
    <div className={cx(styles.devices)}>
      <Loaded answer={devices} what="the devices" rows={4} tall>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState title="No devices listed">The practice’s server names the devices that you may see. Ask your administrator if one is missing.</EmptyState>
          ) : (
            <ul className={cx(styles.list)}>
              {rows.toSorted(usedFirst).map((device) => (
                <li key={device.device_id} className={cx(styles.row)} data-gone={device.status === 'revoked' || undefined}>
                  <Icon as={Laptop} size={20} />
                  <span className={cx(styles.names)}>
                    <span className={cx(styles.name)}>
                      {device.name}
                      {device.is_this ? <span className={cx(styles.here)}>This device</span> : null}
                    </span>
                    <span className={cx(styles.quiet)}>
                      {device.user_name}, {device.last_contact === null ? 'never heard from' : `last heard from ${momentWithin(device.last_contact, today)}`}
                    </span>
                  </span>
                  <span className={cx(styles.unsent)} data-figures>
                    {device.unsent === 0 ? '' : `${device.unsent.toLocaleString()} ${device.unsent === 1 ? 'change' : 'changes'} not sent`}
                  </span>
                  <Pill tone={STATUS[device.status]?.tone ?? 'neutral'} bare>
                    {STATUS[device.status]?.word ?? device.status}
                  </Pill>
                  {device.status === 'active' ? (
                    <Button small aria-label={`Revoke ${device.name}`} onPress={() => setLost(device)}>
                      Revoke…
                    </Button>
                  ) : (
                    <span />
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {lost === null ? null : (
        <RevokeDialog
          device={lost}
          isBusy={revoke.isPending}
          refusal={revoke.error?.message ?? null}
          onClose={() => {
            revoke.reset();
            setLost(null);
          }}
          onRevoke={(reason) =>
            revoke.mutate(
              { device_id: lost.device_id, reason },
              {
                onSuccess: () => {
                  toast({ text: `${lost.name} is revoked` });
                  setLost(null);
                },
              },
            )
          }
        />
      )}
    </div>
  );
}

interface RevokeDialogProps {
  readonly device: DeviceRow;
  readonly isBusy: boolean;
  readonly refusal: string | null;
  readonly onClose: () => void;
  readonly onRevoke: (reason: string) => void;
}

function RevokeDialog({ device, isBusy, refusal, onClose, onRevoke }: RevokeDialogProps) {
  const [reason, setReason] = useState('');
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Revoke ${device.name}?`}
      actions={
        <>
          <Button onPress={onClose}>Leave it in use</Button>
          <Button tone="danger" isDisabled={isBusy || reason.trim() === ''} onPress={() => onRevoke(reason.trim())}>
            Revoke the device
          </Button>
        </>
      }
    >
      <div className={cx(styles.form)}>
        <p>
          {device.is_this ? <strong>This is the device you are using. </strong> : null}
          At its next contact it hands over what it has not sent yet, and then erases everything it holds. It cannot be taken back; the device can be enrolled anew.
        </p>
        {device.unsent === 0 ? null : (
          <Banner tone="ochre" icon={CircleAlert}>
            When it was last heard from, {device.unsent.toLocaleString()} {device.unsent === 1 ? 'change was' : 'changes were'} not sent. If the device is never found, they are lost.
          </Banner>
        )}
        <TextField label="Why" placeholder="Lost on the train" hint="Stands in the audit trail." isRequired autoFocus value={reason} onChange={setReason} />
        {refusal === null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {refusal}
          </Banner>
        )}
      </div>
    </Dialog>
  );
}
