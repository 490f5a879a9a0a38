import '../src/styles/fonts.css';
import '../src/styles/tokens.css';
import '../src/styles/base.css';

import { createRoot } from 'react-dom/client';

import { Gallery } from './Gallery';

const address = new URLSearchParams(window.location.search);
for (const key of ['theme', 'contrast', 'motion']) {
  const value = address.get(key);
  if (value !== null) document.documentElement.dataset[key] = value;
}

const root = document.getElementById('root');
if (root) createRoot(root).render(<Gallery screen={address.get('screen') ?? 'today'} online={address.has('online')} />);
