import { useIsMutating } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useEffectEvent } from 'react';

import type { ImportPreview, ImportReport } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { useKept } from '../../shared/kept';
import { ChooseFile } from './ChooseFile';
import { DryRun } from './DryRun';
import { withCommas } from './model';
import { Outcome } from './Outcome';

type Step =
  | { readonly is: 'choose'; readonly text: string }
  | { readonly is: 'look'; readonly csv: string; readonly preview: ImportPreview }
  | { readonly is: 'done'; readonly csv: string; readonly report: ImportReport };

const BEGINNING: Step = { is: 'choose', text: '' };

/** Whether there is a list of which something was not brought in yet. */
const isLeft = (step: Step) => step.is === 'look' || (step.is === 'choose' ? step.text !== '' : step.report.skipped.length > 0);

/** A client list from another system: look first, then bring in what is free of errors. Nothing is recorded until then. */
export function ImportPage() {
  const navigate = useNavigate();
  const who = useCall('whoami', {});
  const [kept, enter] = useKept<Step>('import', isLeft);
  const step = kept ?? BEGINNING;
  const look = useChange('import_preview');
  const run = useChange('import_run');
  // Also one that was begun before the page was left.
  const isRunning = useIsMutating({ mutationKey: ['import_run'] }) > 0;

  const lookAt = (csv: string, mapping: ImportPreview['mapping']) => look.mutate({ csv, mapping }, { onSuccess: (preview) => enter({ is: 'look', csv, preview }) });
  // What came in while this was out of sight, or before a lock broke it off, is known by now.
  const lookAgain = useEffectEvent(() => {
    if (step.is === 'look') lookAt(step.csv, step.preview.mapping);
  });
  useEffect(() => lookAgain(), []);
  const leave = () => {
    enter(null);
    void navigate({ to: '/caseload' });
  };
  const openChart = (clientId: string) => void navigate({ to: '/chart/$clientId', params: { clientId } });

  switch (step.is) {
    case 'choose':
      return (
        <ChooseFile
          text={step.text}
          isBusy={look.isPending}
          refusal={look.error?.message ?? null}
          onText={(text) => enter({ is: 'choose', text })}
          onLook={(text) => lookAt(withCommas(text), {})}
          onLeave={leave}
        />
      );
    case 'look':
      return (
        <DryRun
          preview={step.preview}
          isYours={who.data?.roles.includes('clinician') ?? false}
          isBusy={look.isPending || isRunning}
          refusal={(run.error ?? look.error)?.message ?? null}
          onMap={(mapping) => lookAt(step.csv, mapping)}
          onBack={() => {
            look.reset();
            run.reset();
            enter({ is: 'choose', text: step.csv });
          }}
          onOpen={openChart}
          onRun={() => run.mutate({ csv: step.csv, mapping: step.preview.mapping }, { onSuccess: (report) => enter({ is: 'done', csv: step.csv, report }) })}
        />
      );
    case 'done':
      return <Outcome csv={step.csv} report={step.report} onOpen={openChart} onMore={() => enter(BEGINNING)} onLeave={leave} />;
  }
}
