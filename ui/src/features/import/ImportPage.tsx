import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { ImportPreview, ImportReport } from '../../backend/generated/api';
import { useCall, useChange } from '../../backend/query';
import { ChooseFile } from './ChooseFile';
import { DryRun } from './DryRun';
import { withCommas } from './model';
import { Outcome } from './Outcome';

type Step =
  | { readonly is: 'choose'; readonly text: string }
  | { readonly is: 'look'; readonly csv: string; readonly preview: ImportPreview }
  | { readonly is: 'done'; readonly csv: string; readonly report: ImportReport };

const BEGINNING: Step = { is: 'choose', text: '' };

/** A client list from another system: look first, then bring in what is free of errors. Nothing is kept until then. */
export function ImportPage() {
  const navigate = useNavigate();
  const who = useCall('whoami', {});
  const [step, setStep] = useState<Step>(BEGINNING);
  const look = useChange('import_preview');
  const run = useChange('import_run');

  const lookAt = (csv: string, mapping: ImportPreview['mapping']) => look.mutate({ csv, mapping }, { onSuccess: (preview) => setStep({ is: 'look', csv, preview }) });
  const openChart = (clientId: string) => void navigate({ to: '/chart/$clientId', params: { clientId } });

  switch (step.is) {
    case 'choose':
      return (
        <ChooseFile
          text={step.text}
          isBusy={look.isPending}
          refusal={look.error?.message ?? null}
          onText={(text) => setStep({ is: 'choose', text })}
          onLook={(text) => lookAt(withCommas(text), {})}
          onLeave={() => void navigate({ to: '/caseload' })}
        />
      );
    case 'look':
      return (
        <DryRun
          preview={step.preview}
          isYours={who.data?.roles.includes('clinician') ?? false}
          isBusy={look.isPending || run.isPending}
          refusal={(run.error ?? look.error)?.message ?? null}
          onMap={(mapping) => lookAt(step.csv, mapping)}
          onBack={() => {
            look.reset();
            run.reset();
            setStep({ is: 'choose', text: step.csv });
          }}
          onOpen={openChart}
          onRun={() => run.mutate({ csv: step.csv, mapping: step.preview.mapping }, { onSuccess: (report) => setStep({ is: 'done', csv: step.csv, report }) })}
        />
      );
    case 'done':
      return <Outcome csv={step.csv} report={step.report} onOpen={openChart} onMore={() => setStep(BEGINNING)} onLeave={() => void navigate({ to: '/caseload' })} />;
  }
}
