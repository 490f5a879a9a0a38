import { describe, expect, it } from 'vitest';

import { violations } from '../build/policy';

describe('the policy of the built window', () => {
  it('finds storage, evaluation and the network under a minifier’s hands', () => {
    const wrong = [
      'try{return sessionStorage}catch{}',
      'window.localStorage.setItem("a","b")',
      'const e=indexedDB.open("x")',
      'return new Function("a","return a")',
      'try{return Function(``),!0}catch{}',
      'let e=Function,t=1',
      ';eval("1")',
      'await fetch("/x")',
      'const e=fetch("/x")',
      'globalThis.fetch("/x")',
      'new WebSocket("wss://x")',
    ];
    for (const code of wrong) expect(violations(code), code).toHaveLength(1);
  });

  it('leaves words alone that only look like it', () => {
    for (const code of ['a.refetch()', 'prefetch()', 'isFunction(e)', 'typeof e=="function"', 'Object.prototype.toString', 'query.fetch()', '}async fetch(e,t){', '}fetch(e){', 'medieval(']) {
      expect(violations(code), code).toEqual([]);
    }
  });
});
