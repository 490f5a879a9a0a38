import { CircleAlert, CloudOff } from 'lucide-react';

import type { CallError } from '../../backend/call';
import { Banner } from '../../shared/ui/Banner';
import { TextField } from '../../shared/ui/TextField';

/** Why a signature did not come about, and whether it was the password. */
export interface SignProblem {
  readonly message: string;
  readonly isPassword: boolean;
}

export function signProblem(error: Pick<CallError, 'code' | 'message'> | null): SignProblem | null {
  return error === null ? null : { message: error.message, isPassword: error.code === 'wrong_password' || error.code === 'too_soon' };
}

interface PasswordToSignProps {
  /** What is signed: *note*, *addendum*. */
  readonly what: string;
  readonly isOnline: boolean;
  readonly problem: SignProblem | null;
  readonly password: string;
  readonly onPassword: (password: string) => void;
}

/** The end of every signing: what the network makes of it, why it was refused, and the password. */
export function PasswordToSign({ what, isOnline, problem, password, onPassword }: PasswordToSignProps) {
  return (
    <>
      {isOnline ? null : (
        <Banner tone="neutral" icon={CloudOff}>
          You are offline. The {what} will read “Signed here, awaiting receipt” until the practice’s server has received it.
        </Banner>
      )}
      {problem === null || problem.isPassword ? null : (
        <Banner tone="brick" icon={CircleAlert}>
          {problem.message}
        </Banner>
      )}
      <TextField
        label="Your password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={onPassword}
        autoFocus
        error={problem?.isPassword === true ? problem.message : undefined}
      />
    </>
  );
}
