import '../src/styles/fonts.css';
import '../src/styles/tokens.css';
import '../src/styles/base.css';

import { createRoot } from 'react-dom/client';

import { live } from './live';
import { Parts } from './Parts';

/** `?live=/today` opens a screen over an invented practice, `?screen=parts` shows the parts; `?theme=dark`, `?online`, `?profile=locked|new`. */
const address = new URLSearchParams(window.location.search);
for (const key of ['theme', 'contrast', 'motion']) {
  const value = address.get(key);
  if (value !== null) document.documentElement.dataset[key] = value;
}

const root = document.getElementById('root');
if (root) {
  if (address.get('screen') === 'parts') {
    createRoot(root).render(<Parts />);
    reportIfAsked();
  } else void live(address.get('live') ?? '/today').then((app) => createRoot(root).render(app)).then(reportIfAsked);
}

/** `?axe` writes what axe-core finds, one line per element, into the page's title and a `pre` at its end. */
async function report(): Promise<void> {
  const { default: axe } = await import('axe-core');
  const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
  const lines = found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} ${node.target.join(' ')} ${node.any.map((check) => check.message).join('; ')}`));
  const list = document.createElement('pre');
  list.id = 'axe';
  list.textContent = lines.length === 0 ? 'axe: nothing found' : lines.join('\n');
  document.body.append(list);
  document.title = `axe ${lines.length}`;
}

/** Once the screen stands: what is not drawn yet has no faults. */
function reportIfAsked(): void {
  if (address.has('axe')) window.setTimeout(() => void report(), 1200);
}
