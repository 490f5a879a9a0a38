import { zodResolver } from '@hookform/resolvers/zod';
import { LaptopMinimal } from 'lucide-react';
import { Controller, useForm } from 'react-hook-form';
import { z } from 'zod';

import { Banner } from '../../shared/ui/Banner';
import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { TextField } from '../../shared/ui/TextField';
import { Threshold } from './Threshold';
import styles from './Unlock.module.css';

const shape = z.object({
  server: z.url({ protocol: /^https?$/, error: 'The address begins with https:// and came with your invitation.' }),
  email: z.email({ error: 'The address that your practice knows you by.' }),
  password: z.string().min(1, { error: 'Your password for the practice.' }),
  device: z.string().trim().min(1, { error: 'A name by which you will know this device in a list.' }),
});

export type Enrolment = z.infer<typeof shape>;

interface EnrolProps {
  readonly server: string;
  readonly device: string;
  readonly isBusy: boolean;
  readonly error: string | null;
  readonly onEnrol: (enrolment: Enrolment) => void;
}

const FIELDS = [
  { name: 'server', label: 'Your practice’s server', type: 'url', complete: 'url' },
  { name: 'email', label: 'E-mail', type: 'email', complete: 'username' },
  { name: 'password', label: 'Password', type: 'password', complete: 'current-password' },
  { name: 'device', label: 'Name of this device', type: 'text', complete: 'off' },
] as const;

/** The one step that needs a connection: the device becomes known to the practice, and gets its keys. */
export function Enrol({ server, device, isBusy, error, onEnrol }: EnrolProps) {
  const form = useForm<Enrolment>({ resolver: zodResolver(shape), defaultValues: { server, email: '', password: '', device } });
  return (
    <Threshold practice={null}>
      <form className={cx(styles.form)} noValidate onSubmit={(event) => void form.handleSubmit(onEnrol)(event)}>
        <div>
          <h1 className={cx(styles.title)}>Set up this device</h1>
          <p className={cx(styles.quiet)}>Once, and with a connection. Afterwards your caseload opens here without one.</p>
        </div>
        {error === null ? null : (
          <Banner tone="brick" icon={LaptopMinimal}>
            {error}
          </Banner>
        )}
        {FIELDS.map((spec) => (
          <Controller
            key={spec.name}
            control={form.control}
            name={spec.name}
            render={({ field, fieldState }) => (
              <TextField
                label={spec.label}
                type={spec.type}
                autoComplete={spec.complete}
                value={field.value}
                onChange={field.onChange}
                onBlur={field.onBlur}
                error={fieldState.error?.message}
              />
            )}
          />
        ))}
        <Button tone="primary" type="submit" isDisabled={isBusy}>
          {isBusy ? 'Setting up' : 'Set up this device'}
        </Button>
        <p className={cx(styles.quiet)}>Charts are kept here encrypted. Without your password and this computer’s own keyring nobody can read them.</p>
      </form>
    </Threshold>
  );
}
