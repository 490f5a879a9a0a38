import type { ApiError, RebuildView } from '../../backend/generated/api';

/** Why the way in stayed shut, and at which field to say it; `null` is above all of them. */
export interface ThresholdProblem {
  readonly message: string;
  readonly field: 'code' | 'password' | 'server_password' | 'device_name' | 'recovery_key' | null;
  /** True where this computer has no keyring: the one case in which a file may be offered in its place. */
  readonly lacksKeyring: boolean;
  /** True where the file on this device is damaged and can be built anew. */
  readonly isDamage: boolean;
}

const FIELD: Readonly<Partial<Record<ApiError['code'], ThresholdProblem['field']>>> = {
  wrong_password: 'password',
  too_soon: 'password',
  sign_in_refused: 'server_password',
  password_refused: 'password',
  wrong_recovery_key: 'recovery_key',
};

export function thresholdProblem(error: Pick<ApiError, 'code' | 'message' | 'field_errors'> | null): ThresholdProblem | null {
  if (error === null) return null;
  const [fault] = error.field_errors;
  const named = fault?.field === 'code' || fault?.field === 'device_name' || fault?.field === 'password' ? fault.field : null;
  return {
    message: named === null ? error.message : (fault?.message ?? error.message),
    field: named ?? FIELD[error.code] ?? null,
    lacksKeyring: error.code === 'keyring_unavailable',
    isDamage: error.code === 'damaged',
  };
}

/** What a password does here, said below the field. */
export function unlockHint(isDamaged: boolean, hasEnded: boolean): string {
  if (isDamaged) return 'The damaged file is kept. What was not sent yet comes back from its second copy, everything else from the server.';
  if (hasEnded) return 'It opens again only if your practice gives this device its access back.';
  return 'It opens without a connection. What you were writing is where you left it.';
}

/** What repairing came to, for a person: what is there again, what is not, and what to do. */
export function repairWords(rebuilt: Pick<RebuildView, 'recovered' | 'unreadable' | 'kept_in' | 'is_unlocked'>): string {
  const changes = rebuilt.recovered === 1 ? '1 change that had not been sent is' : `${rebuilt.recovered} changes that had not been sent are`;
  const back = rebuilt.kept_in === null ? 'The file proved to be whole.' : `This device was repaired: ${changes} back, and the rest comes from the server.`;
  const lost = rebuilt.unreadable === 0 ? '' : ` ${rebuilt.unreadable} saved steps could not be read; tell your administrator.`;
  const kept = rebuilt.kept_in === null ? '' : ` The damaged file is kept in ${rebuilt.kept_in}.`;
  const next = rebuilt.is_unlocked ? '' : ' Connect to the internet and unlock it with your password.';
  return `${back}${lost}${kept}${next}`;
}

/** The shortest and the longest password, in characters; the application has the last word (docs: password rule). */
const SHORTEST = 15;
const LONGEST = 128;

/** What is wrong with a new password that can be said while it is typed; the rest is said by the application. */
export function passwordHint(password: string): string {
  const length = Array.from(password.normalize('NFC')).length;
  const rule = `At least ${SHORTEST} characters. Several words that do not belong together are easy to remember and hard to guess.`;
  if (length === 0) return rule;
  if (length < SHORTEST) return `${length} of at least ${SHORTEST} characters.`;
  if (length > LONGEST) return `${length} characters; at most ${LONGEST} can be used.`;
  return `${length} characters. It must not be made of well-known words, of your name or of the practice’s.`;
}

export function isLongEnough(password: string): boolean {
  const length = Array.from(password.normalize('NFC')).length;
  return length >= SHORTEST && length <= LONGEST;
}
