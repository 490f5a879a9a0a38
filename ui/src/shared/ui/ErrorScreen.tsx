import { Copy, RotateCcw } from 'lucide-react';
import { Component, type ReactNode } from 'react';

import { Button } from './Button';
import { cx } from './cx';
import styles from './ErrorScreen.module.css';
import { Mark } from './Mark';
import { toast } from './toasts';

interface ErrorScreenProps {
  readonly what: string;
  /** What the application says about it, where it says something: what is safe, and what to do. */
  readonly why?: string;
  /** A code that a person can read over the telephone. Holds no content of a record. */
  readonly code: string;
  readonly onRetry: () => void;
}

/** What happened, what is safe, what to do. */
export function ErrorScreen({ what, why, code, onRetry }: ErrorScreenProps) {
  return (
    <div role="alert" className={cx(styles.screen)}>
      <span className={cx(styles.mark)}>
        <Mark size={40} />
      </span>
      <h2 className={cx(styles.title)}>{what}</h2>
      <p>{why ?? 'Everything that was saved on this device is safe. Opening the screen again usually helps; if it does not, tell support this code.'}</p>
      <code className={cx(styles.code)}>{code}</code>
      <div className={cx(styles.actions)}>
        <Button tone="primary" icon={RotateCcw} onPress={onRetry}>
          Open it again
        </Button>
        <Button
          icon={Copy}
          onPress={() => {
            void navigator.clipboard.writeText(code).then(() => toast({ text: 'Code copied' }));
          }}
        >
          Copy the code
        </Button>
      </div>
    </div>
  );
}

interface ErrorBoundaryProps {
  /** The screen's name as people know it, `the calendar`. */
  readonly screen: string;
  readonly children: ReactNode;
}

interface ErrorBoundaryState {
  readonly code: string | null;
}

/** One per screen, so that a failure takes down what it touched and nothing beside it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { code: null };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { code: error instanceof Error ? error.name : 'Unknown' };
  }

  override render(): ReactNode {
    const { code } = this.state;
    if (code === null) return this.props.children;
    return (
      <ErrorScreen
        what={`Something went wrong on ${this.props.screen}.`}
        code={`screen:${this.props.screen.replaceAll(' ', '-')}:${code}`}
        onRetry={() => this.setState({ code: null })}
      />
    );
  }
}
