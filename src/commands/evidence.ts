import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { checkName } from '../documents/names.ts';
import { placeOf } from '../documents/paths.ts';
import { planEvidence } from '../registry/plan-evidence.ts';
import { submit } from './carry-out.ts';
import type { EvidenceOutput } from '../report/output-schemas.ts';
import { commonFlags, type Host } from './declare.ts';
import { replayCommand } from './evidence-replay.ts';
import { print, type CommonFlags } from './flags.ts';
import { readMeasured } from './measured-files.ts';
import type { Outside } from './outside.ts';
import { resolveReference } from './references.ts';
import { withSession } from './session.ts';
import { writtenJson, writtenText } from './written.ts';

export function evidenceCommand(host: Host): CommandUnknownOpts {
  const add = new Command('add')
    .summary('attach signed measurements to a version')
    .description(
      'Attaches measurements to a version, signed with your key. The newest of a kind is the one that counts; older ones stay.',
    )
    .argument('<reference>', 'a version: fraud_detector@v7')
    .argument(
      '<file>',
      'YAML or JSON: metrics, suites, findings, dataset, tool, attachments; or a flat map of metrics; - for stdin',
    )
    .requiredOption(
      '--kind <kind>',
      'offline, online, drift, fairness, tests, scan, schema, cost, shadow, or what a policy names',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  mreg evidence add fraud_detector@v7 online.json --kind online\n  echo \'{"suites": {"unit": "pass"}}\' | mreg evidence add fraud_detector@v7 - --kind tests',
    )
    .action(async (reference, file, options, command) => {
      host.code = await addEvidence(host.outside, { ...commonFlags(command), ...options }, { reference, file });
    });
  return new Command('evidence')
    .summary('attach measurements to a version, and measure again')
    .description('Measurements about versions.')
    .addCommand(add)
    .addCommand(replayCommand(host));
}

async function addEvidence(
  outside: Outside,
  flags: CommonFlags & { readonly kind: string },
  asked: { readonly reference: string; readonly file: string },
): Promise<number> {
  const refused = checkName(flags.kind, 'a kind of evidence');
  if (refused !== undefined)
    throw new MregError('usage', `"${flags.kind}" cannot name a kind of evidence`, { refusals: [refused] });
  const measured = await readMeasured(outside, asked.file);
  return withSession(outside, flags, async (session) => {
    const done = await submit(session, async (fresh, author) => {
      const { model, version, facts } = await resolveReference(fresh.view, asked.reference);
      const addition = {
        model,
        candidate: facts,
        kind: flags.kind,
        measured,
        note: flags.message,
        by: author.principal,
        now: outside.now(),
      };
      const { plan, path } = await planEvidence(fresh.view, addition);
      return { plan, result: { model, version, path } };
    });
    const { model, version, path } = done.result;
    const place = placeOf(path);
    const sequence = place.kind === 'evidence' ? place.sequence : 0;
    const written = { commit: done.commit, pushed: done.pushed, branch: session.branch };
    print(outside, flags, {
      json: { ...writtenJson({ model, version }, written), kind: flags.kind, sequence, path } satisfies EvidenceOutput,
      text: (_view, paint) =>
        [
          `${paint.green('attached')} ${flags.kind} evidence ${String(sequence)} to ${model}@${version}`,
          `  ${path}`,
          `  ${writtenText(written)}`,
        ].join('\n'),
    });
    return 0;
  });
}
