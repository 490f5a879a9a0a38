import type { ReactNode } from 'react';

import { ErrorScreen } from './ErrorScreen';
import { Skeleton } from './Skeleton';

/** What an answer looks like from outside, whoever gives it. */
interface Answer<Data> {
  readonly data: Data | undefined;
  readonly error: { readonly message: string; readonly code: string } | null;
  readonly refetch: () => unknown;
}

interface LoadedProps<Data> {
  readonly answer: Answer<Data>;
  /** What is being opened, `the chart`: said while it loads, and in the code if it fails. */
  readonly what: string;
  readonly rows?: number;
  readonly tall?: boolean;
  readonly children: (data: Data) => ReactNode;
}

/** The room of the content while it loads, its words if it cannot be had, else the content. */
export function Loaded<Data>({ answer, what, rows = 8, tall = false, children }: LoadedProps<Data>) {
  if (answer.data !== undefined) return <>{children(answer.data)}</>;
  if (answer.error === null) return <Skeleton rows={rows} label={`Opening ${what}`} tall={tall} />;
  return (
    <ErrorScreen
      what={`Something went wrong with ${what}.`}
      why={answer.error.message}
      code={`${what.replaceAll(' ', '-')}:${answer.error.code}`}
      onRetry={() => void answer.refetch()}
    />
  );
}
