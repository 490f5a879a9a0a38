import { cx } from './cx';
import styles from './Kbd.module.css';

/** A key or a chord, `Ctrl K`; on a Mac the same chord is written with its own signs. */
export function Kbd({ keys }: { readonly keys: string }) {
  const mac = /Mac/.test(navigator.userAgent);
  const parts = keys.split(' ').map((key) => (mac ? (MAC_SIGNS[key] ?? key) : key));
  return <kbd className={cx(styles.kbd)}>{parts.join(mac ? '' : ' ')}</kbd>;
}

const MAC_SIGNS: Readonly<Record<string, string>> = { Ctrl: '⌘', Alt: '⌥', Shift: '⇧', Enter: '↵' };
