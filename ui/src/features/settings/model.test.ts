import { describe, expect, it } from 'vitest';

import { lockChoices, passwordProblem, withSetting } from './model';

describe('settings', () => {
  it('always offer the time in force', () => {
    expect(lockChoices(10).map((choice) => choice.id)).toEqual(['1', '2', '3', '5', '10', '15']);
    expect(lockChoices(7).map((choice) => choice.id)).toContain('7');
  });

  it('go back whole', () => {
    const settings = { theme: 'system', contrast: 'system', motion: 'system', zoom: 100, idle_lock_minutes: 10, notifications: 'generic', default_format: 'soap', show_inactive: false };
    expect(withSetting(settings, 'zoom', 110)).toEqual({ ...settings, zoom: 110 });
  });
});

describe('a new password', () => {
  it('is asked for twice and differs from the old one', () => {
    expect(passwordProblem({ current: '', next: 'b', again: 'b' })?.at).toBe('current');
    expect(passwordProblem({ current: 'a', next: '', again: '' })?.at).toBe('next');
    expect(passwordProblem({ current: 'a', next: 'a', again: 'a' })?.at).toBe('next');
    expect(passwordProblem({ current: 'a', next: 'b', again: 'c' })?.at).toBe('again');
    expect(passwordProblem({ current: 'a', next: 'b', again: 'b' })).toBeNull();
  });
});
