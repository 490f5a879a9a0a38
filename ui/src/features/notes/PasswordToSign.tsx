import { CircleAlert, CloudOff } from 'lucide-react';
import { useEffect, useRef } from 'react';

import type { CallError } from '../../backend/call';
import { Banner } from '../../shared/ui/Banner';
import { TextField } from '../../shared/ui/TextField';

interface PasswordToSignProps {
  /** What is signed: *note*, *addendum*. */
  readonly what: string;
  readonly isOnline: boolean;
  /** Why the last try did not come about. */
  readonly error: Pick<CallError, 'code' | 'message'> | null;
  readonly password: string;
  readonly onPassword: (password: string) => void;
}

/** The end of every signing: what the network makes of it, why it was refused, and the password. */
export function PasswordToSign({ what, isOnline, error, password, onPassword }: PasswordToSignProps) {
  const field = useRef<HTMLInputElement>(null);
  const refused = error?.code === 'wrong_password' || error?.code === 'too_soon' ? error : null;
  // The next try is typed over the last one, wherever the focus was when it failed; what is wrong is read out with the field.
  useEffect(() => {
    if (refused === null) return;
    field.current?.focus();
    field.current?.select();
  }, [refused]);
  return (
    <>
      {isOnline ? null : (
        <Banner tone="neutral" icon={CloudOff}>
          You are offline. The {what} will read “Signed here, awaiting receipt” until the practice’s server has received it.
        </Banner>
      )}
      {error === null || refused !== null ? null : (
        <Banner tone="brick" icon={CircleAlert}>
          {error.message}
        </Banner>
      )}
      <TextField
        label="Your password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={onPassword}
        autoFocus
        field={field}
        error={refused?.message}
      />
    </>
  );
}
