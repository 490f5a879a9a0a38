import { useState } from 'react';

import { TextField } from '../../shared/ui/TextField';
import { Checkbox } from '../../shared/ui/Toggles';
import { passwordHint } from './model';

interface NewPasswordProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (password: string) => void;
  readonly error: string | undefined;
}

/** A password to set. It can be looked at instead of typed twice; paste and password managers work. */
export function NewPassword({ label, value, onChange, error }: NewPasswordProps) {
  const [isShown, setIsShown] = useState(false);
  return (
    <div>
      <TextField
        label={label}
        type={isShown ? 'text' : 'password'}
        autoComplete="new-password"
        spellCheck="false"
        value={value}
        onChange={onChange}
        hint={passwordHint(value)}
        error={error}
      />
      <Checkbox isSelected={isShown} onChange={setIsShown}>
        Show the password
      </Checkbox>
    </div>
  );
}
