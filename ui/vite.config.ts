/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { policy } from './build/policy.ts';
import { bridge } from './dev/bridge.ts';

// The window serves these files under a policy without 'unsafe-inline' and without data: fonts,
// so nothing is inlined; only index.html is an entry, the gallery never reaches a build.
export default defineConfig({
  base: './',
  plugins: [react(), policy(), bridge()],
  clearScreen: false,
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  build: {
    target: ['safari17.5', 'chrome125'],
    cssTarget: ['safari17.5', 'chrome125'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // One file, read from the disk beside the program: parting it would only add a wait at the first opening of a screen.
    chunkSizeWarningLimit: 1_500,
    rolldownOptions: { input: 'index.html' },
  },
  // Longer than one wait of a test (src/backend/testing.ts), in ms.
  test: { testTimeout: 60_000 },
});
