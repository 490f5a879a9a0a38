import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import type { Plugin } from 'vite';

/**
 * The real application behind `npm run dev`: with MENTALSPACE_DEVICE naming the program and MENTALSPACE_PROFILE a
 * directory, calls go to `mentalspace-device` and its encrypted store instead of a window. It listens on this
 * machine only, for a browser of the developer; no build contains it.
 */
export function bridge(): Plugin {
  return {
    name: 'device-bridge',
    apply: 'serve',
    configureServer(server) {
      const program = process.env['MENTALSPACE_DEVICE'];
      const profile = process.env['MENTALSPACE_PROFILE'];
      if (program === undefined || profile === undefined) return;
      const device = spawn(program, ['--profile', profile], { stdio: ['pipe', 'pipe', 'inherit'] });
      const waiting = new Map<number, (answer: string) => void>();
      let asked = 0;
      createInterface({ input: device.stdout }).on('line', (line) => {
        const { id } = JSON.parse(line) as { readonly id: number };
        waiting.get(id)?.(line);
        waiting.delete(id);
      });
      server.httpServer?.once('close', () => device.stdin.end());
      server.middlewares.use('/call', (request, response) => {
        let body = '';
        request.setEncoding('utf8');
        request.on('data', (part: string) => {
          body += part;
        });
        request.on('end', () => {
          const { name, input } = JSON.parse(body) as { readonly name: string; readonly input: object };
          asked += 1;
          waiting.set(asked, (answer) => response.setHeader('content-type', 'application/json').end(answer));
          device.stdin.write(`${JSON.stringify({ ...input, id: asked, command: name })}\n`);
        });
      });
    },
    transformIndexHtml() {
      if (process.env['MENTALSPACE_DEVICE'] === undefined) return [];
      return [{ tag: 'script', children: STANDS_FOR_THE_WINDOW, injectTo: 'head-prepend' }];
    },
  };
}

/** What the window gives to its page, as far as `src/backend` uses it. Sync is looked at every three seconds. */
const STANDS_FOR_THE_WINDOW = `
  const acts = new Map();
  const heard = new Map();
  let next = 0;
  const ask = async (name, input) => {
    const answer = await (await fetch('/call', { method: 'POST', body: JSON.stringify({ name, input }) })).json();
    if ('error' in answer) throw answer.error;
    return answer.ok;
  };
  window.__TAURI_EVENT_PLUGIN_INTERNALS__ = { unregisterListener: () => undefined };
  window.__TAURI_INTERNALS__ = {
    metadata: { currentWindow: { label: 'main' }, currentWebview: { label: 'main' } },
    transformCallback: (act) => { next += 1; acts.set(next, act); return next; },
    unregisterCallback: (id) => acts.delete(id),
    invoke: async (command, given) => {
      if (command === 'call') return ask(given.name, given.input);
      if (command === 'plugin:event|listen') { heard.set(given.event, given.handler); return given.handler; }
      return null;
    },
  };
  let last = '';
  setInterval(async () => {
    const status = await ask('status', { all_notes: false }).catch(() => null);
    const words = JSON.stringify(status);
    if (status === null || words === last) return;
    last = words;
    acts.get(heard.get('backend://changed'))?.({ payload: { tags: ['clients', 'chart', 'agenda', 'notes', 'note', 'search', 'journal', 'users'] } });
    acts.get(heard.get('backend://status'))?.({ payload: status });
  }, 3000);
`;
