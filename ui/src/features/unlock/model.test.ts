import { describe, expect, it } from 'vitest';

import { isLongEnough, passwordHint, repairWords, thresholdProblem } from './model';

const error = { message: 'Words.', field_errors: [] };

describe('why the way in stayed shut', () => {
  it('is said at the field it is about', () => {
    expect(thresholdProblem(null)).toBeNull();
    expect(thresholdProblem({ ...error, code: 'wrong_password' })?.field).toBe('password');
    expect(thresholdProblem({ ...error, code: 'wrong_recovery_key' })?.field).toBe('recovery_key');
    expect(thresholdProblem({ ...error, code: 'invalid', field_errors: [{ field: 'code', message: 'Not a code.' }] })).toMatchObject({ field: 'code', message: 'Not a code.' });
    expect(thresholdProblem({ ...error, code: 'keyring_locked' })?.field).toBeNull();
  });

  it('offers a file only where there is no keyring, never where it is locked or empty', () => {
    expect(thresholdProblem({ ...error, code: 'keyring_unavailable' })?.lacksKeyring).toBe(true);
    for (const code of ['keyring_locked', 'device_secret_missing', 'storage', 'file_not_allowed'] as const) {
      expect(thresholdProblem({ ...error, code })?.lacksKeyring).toBe(false);
    }
  });
});

describe('a damaged device', () => {
  it('is offered to be repaired, and nothing else is', () => {
    expect(thresholdProblem({ ...error, code: 'damaged' })).toMatchObject({ isDamage: true, field: null });
    for (const code of ['not_this_profile', 'storage', 'wrong_password', 'newer_schema'] as const) {
      expect(thresholdProblem({ ...error, code })?.isDamage).toBe(false);
    }
  });

  it('says what is back, what is not, where the damaged file is, and what to do', () => {
    const kept = '/profile/damaged/20261127T120000Z';
    expect(repairWords({ recovered: 1, unreadable: 0, kept_in: kept, is_unlocked: true })).toBe(
      `This device was repaired: 1 change that had not been sent is back, and the rest comes from the server. The damaged file is kept in ${kept}.`,
    );
    expect(repairWords({ recovered: 2, unreadable: 3, kept_in: kept, is_unlocked: false })).toMatch(/2 changes .* 3 saved steps could not be read.*Connect to the internet/);
    expect(repairWords({ recovered: 0, unreadable: 0, kept_in: null, is_unlocked: true })).toBe('The file proved to be whole.');
  });
});

describe('a new password', () => {
  it('is counted in characters as people see them', () => {
    expect(isLongEnough('violet harbour')).toBe(false);
    expect(isLongEnough('violet harbours')).toBe(true);
    expect(isLongEnough('e\u0301'.repeat(8))).toBe(false);
    expect(isLongEnough('x'.repeat(129))).toBe(false);
    expect(passwordHint('violet')).toBe('6 of at least 15 characters.');
  });
});
