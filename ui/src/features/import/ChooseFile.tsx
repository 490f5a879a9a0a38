import { ArrowLeft, ArrowRight, CircleAlert, FileUp } from 'lucide-react';
import { useState } from 'react';
import { FileTrigger } from 'react-aria-components';

import { Banner } from '../../shared/ui/Banner';
import { Button, IconButton } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import { TextArea } from '../../shared/ui/TextArea';
import styles from './Import.module.css';
import { MOST_BYTES, readText } from './model';

interface ChooseFileProps {
  readonly text: string;
  readonly isBusy: boolean;
  readonly refusal: string | null;
  readonly onText: (text: string) => void;
  readonly onLook: (text: string) => void;
  readonly onLeave: () => void;
}

export function ChooseFile({ text, isBusy, refusal, onText, onLook, onLeave }: ChooseFileProps) {
  const [problem, setProblem] = useState<string | null>(null);

  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size > MOST_BYTES) {
      setProblem('This file is larger than 10 MB; a client list of 5,000 rows is not. Choose the list itself, saved as CSV.');
      return;
    }
    try {
      const read = readText(new Uint8Array(await file.arrayBuffer()));
      if (read.includes('\u0000')) {
        setProblem('This file is not text. Open it in the spreadsheet program and save it as CSV.');
        return;
      }
      setProblem(null);
      onText(read);
      onLook(read);
    } catch {
      setProblem('The file could not be read. Nothing was brought in. Choose it again, or copy its rows and paste them here.');
    }
  };

  return (
    <div className={cx(styles.page)}>
      <header className={cx(styles.head)}>
        <IconButton icon={ArrowLeft} label="Back to the caseload" onPress={onLeave} />
        <h1 className={cx(styles.title)}>Bring clients in</h1>
      </header>
      <div className={cx(styles.choose)}>
        <p className={cx(styles.lead)}>
          From another system, or from a spreadsheet: one row per client, with a heading line. You see what will become of every row before anything is kept.
        </p>
        <div>
          <FileTrigger acceptedFileTypes={['.csv', '.tsv', '.txt', 'text/csv', 'text/plain']} onSelect={(files) => void take(files?.[0])}>
            <Button tone={text === '' ? 'primary' : 'plain'} icon={FileUp} isDisabled={isBusy}>
              Choose a CSV file
            </Button>
          </FileTrigger>
        </div>
        <TextArea
          label="Or paste the rows here"
          hint="Copied straight out of a spreadsheet is fine. Headings such as First name, Last name, Date of birth are recognised."
          rows={10}
          value={text}
          onChange={onText}
          spellCheck="false"
        />
        {(problem ?? refusal) === null ? null : (
          <Banner tone="brick" icon={CircleAlert}>
            {problem ?? refusal}
          </Banner>
        )}
        <div className={cx(styles.actions)}>
          <Button tone={text === '' ? 'plain' : 'primary'} icon={ArrowRight} isDisabled={text.trim() === '' || isBusy} onPress={() => onLook(text)}>
            {isBusy ? 'Looking at it' : 'Look at it first'}
          </Button>
        </div>
      </div>
    </div>
  );
}
