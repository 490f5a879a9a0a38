import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

import { describe, expect, it } from 'vitest';

const root = import.meta.dirname;

interface Import {
  readonly from: string;
  readonly to: string;
}

function imports(): readonly Import[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('.test.'))
    .flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/(?:from|import) '([^']+)'/g)].map(([, to = '']) => ({
        from: path,
        to: to.startsWith('.') ? relative(root, normalize(join(root, dirname(path), to))) : to,
      })),
    );
}

const feature = (path: string) => /^features\/([^/]+)\//.exec(path)?.[1];

/** What breaks the layers: the backend alone knows Tauri, shared knows no feature, features meet at api and model. */
function broken({ from, to }: Import): boolean {
  if (to.startsWith('@tauri-apps/')) return !from.startsWith('backend/');
  if (from.startsWith('shared/')) return to.startsWith('features/') || to.startsWith('app/') || to.startsWith('backend/');
  if (from.startsWith('backend/')) return to.startsWith('features/') || to.startsWith('app/');
  if (from.startsWith('features/')) {
    if (to.startsWith('app/')) return true;
    const other = feature(to);
    return other !== undefined && other !== feature(from) && !SHARED_BY_FEATURES.test(to);
  }
  return false;
}

const SHARED_BY_FEATURES = /\/(api|model|StandingPill)$/;

describe('layers', () => {
  it('hold', () => {
    expect(imports().filter(broken)).toEqual([]);
  });

  it('would not hold with any of these', () => {
    const wrong: readonly Import[] = [
      { from: 'features/today/Today.tsx', to: '@tauri-apps/api/core' },
      { from: 'shared/ui/Button.tsx', to: 'features/today/model' },
      { from: 'features/today/Today.tsx', to: 'features/notes/NoteEditor' },
      { from: 'backend/call.ts', to: 'features/notes/model' },
    ];
    expect(wrong.every(broken)).toBe(true);
  });
});
