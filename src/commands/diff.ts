import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { assert, MregError } from '../documents/error.ts';
import { mergeCatalogue } from '../gates/catalogue.ts';
import { policiesFor, modelOf } from '../registry/view.ts';
import { diffVersions, type VersionPair, type VersionSide } from '../report/diff.ts';
import { renderVersionDiff } from '../report/version-diff.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { formatWords, versionFormats } from './model-formats.ts';
import { resolveReference, type Resolved } from './references.ts';
import { withSession, type Session } from './session.ts';

/** Declares `mreg diff`. */
export function diffCommand(host: Host): CommandUnknownOpts {
  return new Command('diff')
    .summary('compare two versions of a model')
    .description(
      'Compares two versions of a model: metrics, files, lineage and features. A stage stands for the version that it serves.',
    )
    .argument('<left>', 'a version or a stage: fraud_detector@prod')
    .argument('<right>', 'another of the same model: fraud_detector@v7')
    .option('--formats', 'look into the stored files, too: safetensors, ONNX, pickles, the Hugging Face layout…')
    .addHelpText('after', '\nExample:\n  mreg diff fraud_detector@prod fraud_detector@staging')
    .action(async (left, right, { formats }, command) => {
      host.code = await diff(host.outside, { ...commonFlags(command), formats }, [left, right]);
    });
}

interface DiffFlags extends CommonFlags {
  readonly formats?: boolean | undefined;
}

async function diff(outside: Outside, flags: DiffFlags, asked: readonly [string, string]): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const [left, right] = await resolvePair(session, asked);
    const pair = await versionPair(session, left, right);
    const plain = diffVersions(pair);
    const formats = flags.formats === true ? { formats: await formatsOf(session, left, right) } : {};
    const difference = { ...plain, artifact: { ...plain.artifact, ...formats } };
    print(outside, flags, { json: difference, text: (view) => renderVersionDiff(difference, view) });
    return 0;
  });
}

async function formatsOf(
  session: Session,
  left: Resolved,
  right: Resolved,
): Promise<{ readonly left: string; readonly right: string }> {
  const words = async ({ facts }: Resolved): Promise<string> =>
    formatWords(await versionFormats(session, facts.version.body.spec.artifact));
  return { left: await words(left), right: await words(right) };
}

/** Returns the versions that two references to one model stand for. */
export async function resolvePair(
  { view }: Pick<Session, 'view'>,
  [one, other]: readonly [string, string],
): Promise<readonly [Resolved, Resolved]> {
  const left = await resolveReference(view, one);
  const right = await resolveReference(view, other);
  if (left.model === right.model) return [left, right];
  throw new MregError('usage', `expected two versions of one model, found ${left.model} and ${right.model}`, {
    hint: `mreg diff ${one} ${left.model}@<version or stage>`,
  });
}

async function versionPair({ view }: Session, left: Resolved, right: Resolved): Promise<VersionPair> {
  const { model } = left;
  const document = await modelOf(view, model);
  assert(document !== undefined, `a model that has versions has a document: ${model}`);
  const catalogue = mergeCatalogue({ policies: policiesFor(view, model), modelDocument: document.body });
  const directions = [...catalogue].map(([name, { definition }]) => [name, definition] as const);
  return { model, left: sideOf(left), right: sideOf(right), catalogue: Object.fromEntries(directions) };
}

function sideOf({ version, facts }: Resolved): VersionSide {
  return {
    name: version,
    version: facts.version.body,
    evidence: [...facts.evidence.values()].map(({ body }) => body),
  };
}
