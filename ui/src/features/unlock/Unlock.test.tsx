import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import type { ThresholdProblem } from './model';
import { Unlock } from './Unlock';

const ENDED = 'Your practice has ended this device’s access, so it is locked.';

const nothing = () => undefined;

function shown(accessEnded: string | null, message: string | null): string {
  const problem: ThresholdProblem | null = message === null ? null : { message, field: null, lacksKeyring: false, isDamage: false };
  return renderToStaticMarkup(
    <Unlock
      practice="Juniper Hollow Counseling (demonstration)"
      isBusy={false}
      problem={problem}
      accessEnded={accessEnded}
      isDamaged={false}
      repaired={null}
      wantsNewer={false}
      onUnlock={nothing}
      onRepair={nothing}
      onRecover={nothing}
    />,
  );
}

describe('the lock of a device whose access has ended', () => {
  it('says so before anybody types a password', () => {
    expect(shown(ENDED, null)).toContain(ENDED);
    expect(shown(ENDED, null)).not.toContain('It opens without a connection');
    expect(shown(null, null)).toContain('It opens without a connection');
  });

  it('says it once where the password was refused for that, and any other refusal beside it', () => {
    expect(shown(ENDED, ENDED).split(ENDED)).toHaveLength(2);
    expect(shown(ENDED, 'That password is wrong.')).toContain('That password is wrong.');
  });
});
