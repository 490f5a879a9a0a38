import type { Plugin } from 'vite';

/**
 * Lines of libraries that the window's policy forbids, and what stands there instead. The features behind them are
 * not used; the lines would still try, and each try is reported as a violation. A release in which such a line
 * reads otherwise stops the build, so that somebody looks at it.
 */
const REPLACED = [
  { file: /router-core\/dist\/esm\/scroll-restoration\.js$/, line: 'return sessionStorage;', by: 'return undefined;' },
  { file: /zod\/v4\/core\/util\.js$/, line: 'const F = Function;\n        new F("");\n        return true;', by: 'return false;' },
  { file: /zod\/v4\/core\/(doc|compile)\.js$/, line: 'const F = Function;', by: 'const F = undefined;' },
] as const;

/** Nothing may rest in the web view, nothing may be evaluated, and the window speaks to nobody. */
const FORBIDDEN = /\b(?:localStorage|sessionStorage|indexedDB|caches\.open|document\.cookie|serviceWorker|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts)\b|\bnew Function\b|[^.\w]Function\(|=\s*Function\b|[^.\w$]eval\(|(?:\b(?:await|return|void)\s+|[=(,:?&|!]\s*)fetch\(|\b(?:window|globalThis|self)\.fetch\b/g;

/** What of the bundle breaks the policy, each with the text around it. */
export function violations(code: string): readonly string[] {
  return [...code.matchAll(FORBIDDEN)].map((match) => code.slice(Math.max(0, match.index - 60), match.index + 60));
}

/** Keeps the built window within the policy that it is served under. */
export function policy(): Plugin {
  return {
    name: 'window-policy',
    apply: 'build',
    transform(code, id) {
      const path = id.replaceAll('\\', '/');
      const edit = REPLACED.find(({ file }) => file.test(path));
      if (edit === undefined) return null;
      const [before, after] = [code, code.replace(edit.line, edit.by)];
      if (before === after) this.error(`${path} no longer reads as build/policy.ts expects. Look at it again before it reaches the window.`);
      return { code: after, map: null };
    },
    generateBundle(_options, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        const found = file.type === 'chunk' ? violations(file.code) : [];
        if (found.length > 0) this.error(`${name} breaks the window's policy:\n${found.join('\n')}`);
      }
    },
  };
}
