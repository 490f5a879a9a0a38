import { cx } from './cx';
import styles from './Skeleton.module.css';

interface SkeletonProps {
  readonly rows: number;
  /** Said once to a screen reader, `Opening the chart`. */
  readonly label: string;
  readonly tall?: boolean;
}

/** Takes the room that the rows will take, so that nothing jumps when they come. */
export function Skeleton({ rows, label, tall = false }: SkeletonProps) {
  return (
    <div role="status" data-skeleton className={cx(styles.rows)}>
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className={cx(styles.row)} data-tall={tall || undefined} />
      ))}
    </div>
  );
}
