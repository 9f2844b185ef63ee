import { Option } from '@commander-js/extra-typings';
import { stat, writeFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { Measurement } from '../measure/measurement.ts';
import { measurementMarkdown } from '../report/measurement-markdown.ts';
import { measurementPage, type ReportFacts } from '../report/measurement-page.ts';
import type { Outside } from './outside.ts';

/** Where reports for people are to be written. */
export interface ReportFlags {
  readonly report?: string | undefined;
  readonly markdown?: string | undefined;
}

/** The flag that writes a page. */
export const reportOption = new Option(
  '--report <page.html>',
  'write a page with plots, which needs nothing besides itself',
);
/** The flag that writes a summary. */
export const markdownOption = new Option(
  '--markdown <file>',
  'write a summary in Markdown, for a pull request or a job',
);

/** A slip that names the data as the report would overwrite them. */
const PAGE_NAMES: readonly string[] = ['.html', '.htm'];
const MARKDOWN_NAMES: readonly string[] = ['.md', '.markdown', '.txt', ''];

/** Refuses reports that could not be written, before minutes are spent on measuring. */
export async function requireReportPlaces(outside: Outside, { report, markdown }: ReportFlags): Promise<void> {
  await requirePlace(outside, report, { flag: '--report', names: PAGE_NAMES, example: 'drift.html' });
  await requirePlace(outside, markdown, { flag: '--markdown', names: MARKDOWN_NAMES, example: 'drift.md' });
}

async function requirePlace(
  { cwd }: Outside,
  file: string | undefined,
  { flag, names, example }: { readonly flag: string; readonly names: readonly string[]; readonly example: string },
): Promise<void> {
  if (file === undefined) return;
  if (!names.includes(extname(file).toLowerCase()))
    throw new MregError('usage', `${file} is no name for what ${flag} writes`, { hint: `${flag} ${example}` });
  const folder = dirname(resolve(cwd, file));
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new MregError('bad-file', `${file} cannot be written: there is no folder ${folder}`, {
    hint: `mkdir -p ${folder}`,
  });
}

/** Writes the reports that were asked for and returns their names, as the user gave them. */
export async function writeReports(
  { outside, flags }: { readonly outside: Outside; readonly flags: ReportFlags },
  measurement: Measurement,
  attached: ReportFacts['attached'],
): Promise<readonly string[]> {
  // A dry run attached nothing that could be measured again.
  const isSigned = attached !== null && attached.commit !== null;
  const facts = { measuredAt: outside.now(), attached: isSigned ? attached : null };
  const texts = [
    [flags.report, measurementPage],
    [flags.markdown, measurementMarkdown],
  ] as const;
  const written: string[] = [];
  for (const [file, render] of texts) {
    if (file === undefined) continue;
    await write(resolve(outside.cwd, file), render(measurement, facts));
    written.push(file);
  }
  return written;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new MregError('disk', `${path} cannot be written`, { cause, hint: 'name another file' });
  }
}
