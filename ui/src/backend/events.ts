import { type Event, listen } from '@tauri-apps/api/event';

import type { StatusView, Tag } from './generated/api';

/** What the application says without being asked, by the name of the event. */
interface Announcements {
  'backend://changed': { readonly tags: readonly Tag[] };
  'backend://status': StatusView;
  'backend://locked': unknown;
  /** The shell is about to lock, and waits a second for what is being typed. */
  'backend://locking': unknown;
  /** The shell is about to end, and waits for `answerEnding`. */
  'backend://ending': unknown;
  /** An item of the window's menu was chosen; `hotkeys` knows the deeds. */
  'backend://deed': { readonly deed: string };
}

/** Hears one kind of announcement until the function that it gives back is called. */
export function hear<K extends keyof Announcements>(name: K, act: (said: Announcements[K]) => void): () => void {
  let hears = true;
  const registered = listen<Announcements[K]>(name, (event: Event<Announcements[K]>) => {
    if (hears) act(event.payload);
  });
  return () => {
    hears = false;
    void registered.then((stop) => stop());
  };
}
