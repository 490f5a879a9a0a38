import { useSyncExternalStore } from 'react';

/**
 * How large a rem is against the 16 px it is drawn for. The zoom sets the size of the root's type; what counts in
 * pixels, as a virtual list does, has to follow it.
 */
export function useScale(): number {
  return useSyncExternalStore(listen, scale);
}

function scale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

function listen(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  return () => observer.disconnect();
}
