import type { ImportPreview, ImportRow } from '../../backend/generated/api';
import type { Choice } from '../../shared/ui/Select';

/** The most that is read of one file. The application takes 5,000 rows; this is far more than they need. */
export const MOST_BYTES = 10_000_000;

/** What a column can become. */
export const TARGETS: readonly Choice[] = [
  { id: '', word: 'Leave out' },
  { id: 'given_name', word: 'Given name' },
  { id: 'family_name', word: 'Family name' },
  { id: 'preferred_name', word: 'Goes by' },
  { id: 'pronouns', word: 'Pronouns' },
  { id: 'birth_date', word: 'Date of birth' },
  { id: 'gender', word: 'Gender' },
  { id: 'phone', word: 'Phone' },
  { id: 'email', word: 'E-mail' },
  { id: 'address', word: 'Address' },
  { id: 'language', word: 'Language' },
  { id: 'chart_number', word: 'Chart number' },
  { id: 'referral_note', word: 'Reason for referral' },
];

/**
 * The text of a file as people get it out of other programs: UTF-8, UTF-16 with its mark, or, where it is neither,
 * the Western encoding that spreadsheets still write. A wrong guess would show in names, so UTF-8 is tried strictly.
 */
export function readText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/**
 * Commas between the columns, whatever parted them before: spreadsheets copy with tabs, and where the comma is the
 * decimal sign they export with semicolons. What stands in quotation marks stays as it is.
 */
export function withCommas(text: string): string {
  const [head = ''] = text.split(/\r?\n/, 1);
  const outside = unquoted(head);
  const separator = ['\t', ';'].find((sign) => outside.includes(sign) && !outside.includes(','));
  if (separator === undefined) return text;
  let quoted = false;
  let cell = '';
  let out = '';
  const close = () => {
    out += cell.includes(',') && !cell.startsWith('"') ? `"${cell.replaceAll('"', '""')}"` : cell;
    cell = '';
  };
  for (const sign of text) {
    // Tabs come from copying, where a quotation mark is just one; only a cell that begins with one is quoted.
    if (sign === '"' && (quoted || cell === '')) quoted = !quoted;
    if (!quoted && (sign === separator || sign === '\n' || sign === '\r')) {
      close();
      out += sign === separator ? ',' : sign;
    } else cell += sign;
  }
  close();
  return out;
}

function unquoted(line: string): string {
  return line.replaceAll(/"[^"]*"/g, '');
}

export type RowState = 'ready' | 'faulty' | 'duplicate';

export function stateOf(row: ImportRow): RowState {
  if (row.problems.length > 0) return 'faulty';
  return row.duplicate_of === null ? 'ready' : 'duplicate';
}

export function tallyRows(rows: readonly ImportRow[]): Readonly<Record<RowState, number>> {
  const counts = { ready: 0, faulty: 0, duplicate: 0 };
  for (const row of rows) counts[stateOf(row)] += 1;
  return counts;
}

/** A target belongs to one column: giving it to another takes it from the first. */
export function mapped(mapping: ImportPreview['mapping'], column: string, target: string): { [key: string]: string } {
  return Object.fromEntries([...Object.entries(mapping).map(([other, field]) => [other, target !== '' && field === target ? '' : field] as const), [column, target] as const]);
}

/** Why rows cannot be read at all as they are mapped, before anybody looks at single ones. */
export function mappingProblem(mapping: ImportPreview['mapping']): string | null {
  const targets = new Set(Object.values(mapping));
  return targets.has('given_name') || targets.has('family_name') ? null : 'Say which column holds the names: without one, no record can be begun.';
}

/** What was left out, as a table of its own: to be corrected in a spreadsheet and brought in again. */
export function leftOut(rows: readonly ImportRow[], source: string): string {
  const lines = source.split(/\r?\n/);
  // Line numbers hold only as long as no cell spans lines; where one does, the names stand for themselves.
  const isPlain = !/"[^"]*\r?\n[^"]*"/.test(source);
  const [head = ''] = lines;
  if (isPlain) return [head, ...rows.map((row) => lines[row.line - 1] ?? row.name)].join('\n');
  return ['line,name,why', ...rows.map((row) => `${row.line},"${row.name.replaceAll('"', '""')}","${why(row).replaceAll('"', '""')}"`)].join('\n');
}

export function why(row: ImportRow): string {
  if (row.problems.length > 0) return row.problems.join(' ');
  return row.duplicate_of === null ? '' : 'A client of this name and birth date.';
}
