import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { FeatureSchema } from '../documents/kinds/model-version.ts';
import { diffFeatures } from '../gates/feature-difference.ts';
import { renderSchemaDiff, schemaDiffJson, type CompatibilityMode } from '../report/schema-diff.ts';
import { commonFlags, type Host } from './declare.ts';
import { resolvePair } from './diff.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import type { Resolved } from './references.ts';
import { schemaInferCommand } from './schema-infer.ts';
import { withSession } from './session.ts';

interface SchemaFlags extends CommonFlags {
  readonly mode: CompatibilityMode;
}

/** Declares `mreg schema`. */
export function schemaCommand(host: Host): CommandUnknownOpts {
  const diff = new Command('diff')
    .summary('compare the features of two versions')
    .description(
      'Compares the feature schemas of two versions of a model and says whether callers of the left one can call the right one (backward), the other way round (forward), or both (full).',
    )
    .argument('<left>', 'the version that callers know: fraud_detector@prod')
    .argument('<right>', 'the version that is to replace it: fraud_detector@v7')
    .addOption(
      new Option('--mode <mode>', 'what is asked for')
        .choices(['backward', 'forward', 'full'] as const)
        .default('backward' as const),
    )
    .addHelpText(
      'after',
      '\nExit code: 0 compatible as asked, 1 not.\n\nExample:\n  mreg schema diff fraud_detector@prod fraud_detector@v7',
    )
    .action(async (left, right, options, command) => {
      host.code = await schemaDiff(host.outside, { ...commonFlags(command), ...options }, [left, right]);
    });
  return new Command('schema')
    .summary('compare feature schemas, or read one from data')
    .description('What versions expect and answer.')
    .addCommand(diff)
    .addCommand(schemaInferCommand(host));
}

async function schemaDiff(outside: Outside, flags: SchemaFlags, asked: readonly [string, string]): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const [left, right] = await resolvePair(session, asked);
    const differences = diffFeatures(featuresOf(left), featuresOf(right));
    const { model } = left;
    const found = schemaDiffJson({
      model,
      left: left.version,
      right: right.version,
      mode: flags.mode,
      differences,
    });
    print(outside, flags, { json: found, text: (view) => renderSchemaDiff(found, view) });
    return found.ok ? 0 : 1;
  });
}

/** A version that does not say what it expects cannot be shown to be compatible. */
function featuresOf({ model, version, facts }: Resolved): FeatureSchema {
  const { features } = facts.version.body.spec;
  if (features !== undefined) return features;
  throw new MregError('refused', `${model}@${version} records no feature schema`, {
    hint: `mreg register ${model} <path> --features <file>`,
  });
}
