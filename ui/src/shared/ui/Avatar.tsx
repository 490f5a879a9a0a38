import styles from './Avatar.module.css';
import { cx } from './cx';

interface AvatarProps {
  readonly name: string;
  readonly size?: 'small' | 'large';
}

/** Initials on neutral ground: a colour per person would look like a state. */
export function Avatar({ name, size = 'small' }: AvatarProps) {
  const parts = name.split(/\s+/u).filter(Boolean);
  const letters = [parts[0], parts.length > 1 ? parts.at(-1) : undefined].map((part) => Array.from(part ?? '')[0] ?? '').join('');
  return (
    <span className={cx(styles.avatar)} data-size={size} aria-hidden="true">
      {letters.toLocaleUpperCase()}
    </span>
  );
}
