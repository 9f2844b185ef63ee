import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { resolve } from 'node:path';
import { pushArtifact } from '../artifacts/push.ts';
import { openStore, storeForUri } from '../artifacts/open-store.ts';
import { recordArtifact, type ArtifactRecord } from '../documents/artifact-record.ts';
import type { ModelDocument } from '../documents/kinds/model.ts';
import { planRegister, registeredAlready } from '../registry/plan-register.ts';
import { submit } from './carry-out.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import { readFeatures, readMetrics } from './measured-files.ts';
import { readLineageFlags, type LineageFlags } from './lineage-flags.ts';
import type { Outside } from './outside.ts';
import { tellFormats } from './model-formats.ts';
import { withProgress } from './progress.ts';
import { requireModelName } from './references.ts';
import { synchronised } from './remote.ts';
import { withSession, type Session } from './session.ts';
import { authorOf } from './signing.ts';
import { chooseStore, isArtifactUri } from './stores.ts';
import { tagVersion } from './tag-version.ts';
import { writtenJson, writtenText } from './written.ts';
import type { RegisterOutput } from '../report/output-schemas.ts';

interface RegisterFlags extends CommonFlags, LineageFlags {
  readonly metrics?: string | undefined;
  readonly features?: string | undefined;
  readonly store?: string | undefined;
  readonly owner?: string | undefined;
  readonly task?: string | undefined;
  readonly description?: string | undefined;
}

export function registerCommand(host: Host): CommandUnknownOpts {
  return new Command('register')
    .summary('store an artifact as the next version of a model')
    .description(
      'Stores a model file or folder by its content, writes the next version with its lineage, and moves the first stage to it. A model that is new is made on the way.',
    )
    .argument('<model>', 'the model: fraud_detector, or risk/fraud_detector')
    .argument('<source>', 'a file, a folder, or the uri of an artifact that a configured store has')
    .option('--metrics <file>', 'offline metrics (YAML or JSON), attached as the first evidence')
    .option('--lineage <file>', 'the whole lineage (YAML or JSON); the flags below add to it')
    .option('--features <file>', 'the feature schema: inputs and outputs with names and types (YAML or JSON)')
    .option('--param <k=v>', 'a training parameter; repeat it', collect)
    .option('--data <name=uri[@digest]>', 'a training data snapshot; repeat it', collect)
    .option('--code <repo@commit>', 'the training code')
    .option('--lockfile <file>', 'the environment’s lock file; its digest is recorded')
    .option('--image <name>', 'the container image of the environment')
    .option('--parent <version>', 'a version that this one was made from; repeat it', collect)
    .option('--store <url>', 'which configured store takes it (default: the first)')
    .option('--owner <principal>', 'whom to ask about a new model')
    .option('--task <text>', 'what a new model does')
    .option('--description <text>', 'more about a new model')
    .addHelpText(
      'after',
      '\nExample:\n  mreg register fraud_detector model.onnx --metrics metrics.json \\\n    --code https://git.example/fraud@1234abcd --data train=s3://bucket/train@sha256:… \\\n    --param learning_rate=0.1 --lockfile uv.lock --features features.yaml',
    )
    .action(async (model, source, options, command) => {
      host.code = await register(host.outside, { ...commonFlags(command), ...options }, { model, source });
    });
}

async function register(
  outside: Outside,
  flags: RegisterFlags,
  asked: { readonly model: string; readonly source: string },
): Promise<number> {
  requireModelName(asked.model);
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    const measured = {
      lineage: await readLineageFlags(outside, flags),
      features: await readFeatures(outside, flags.features),
      metrics: await readMetrics(outside, flags.metrics),
    };
    // Before gigabytes are stored: a key that is missing or not trusted is told at once.
    const { principal } = await authorOf(session);
    const artifact = await storeArtifact(session, flags, asked.source);
    const registration = {
      model: asked.model,
      artifact,
      ...measured,
      note: flags.message,
      newModel: newModelFrom(flags),
    };
    const already = await registeredAlready(session.view, { ...registration, by: principal, now: outside.now() });
    if (already !== undefined) return tellAlready(session, { model: asked.model, version: already, artifact });
    const done = await submit(session, async (fresh, author) => {
      const planned = await planRegister(fresh.view, { ...registration, by: author.principal, now: outside.now() });
      return { plan: planned.plan, result: planned.version };
    });
    await tagVersion(session, { uri: artifact.uri, model: asked.model, version: done.result });
    tellRegistered(session, { model: asked.model, version: done.result, artifact }, done);
    return 0;
  });
}

function newModelFrom({ owner, task, description }: RegisterFlags): ModelDocument['spec'] {
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(task === undefined ? {} : { task }),
    ...(description === undefined ? {} : { description }),
  };
}

/** A path is stored; a uri must already be in a configured store, and is read there. */
async function storeArtifact(session: Session, flags: RegisterFlags, source: string): Promise<ArtifactRecord> {
  const { stores } = session.view.settings.body.spec;
  if (isArtifactUri(source)) {
    const { store, key } = storeForUri(source, stores, session.outside);
    return recordArtifact(await store.readManifest(key), store.uriOf(key));
  }
  const { url } = chooseStore(stores, flags.store);
  const [path, dryRun] = [resolve(session.outside.cwd, source), flags.dryRun === true];
  const pushed = await withProgress(session, source, (options) =>
    pushArtifact(openStore(url, session.outside), path, { ...options, dryRun }),
  );
  await tellFormats(session, path, pushed.manifest);
  return recordArtifact(pushed.manifest, pushed.uri);
}

/** Run again after it was done (or after a lost answer), a registration says so instead of making a twin. */
function tellAlready(session: Session, made: Made): number {
  const { model, version } = made;
  print(session.outside, session.flags, {
    json: {
      ...writtenJson({ model, version }, undefined),
      ...factsOf(session, made),
      state: 'already',
    } satisfies RegisterOutput,
    text: () => `${model}@${version} is exactly this, and in ${firstStageOf(session)} already.`,
  });
  return 0;
}

interface Made {
  readonly model: string;
  readonly version: string;
  readonly artifact: ArtifactRecord;
}

function factsOf(session: Session, { model, version, artifact }: Made) {
  const { digest, uri } = artifact;
  return { reference: `${model}@${version}`, digest, uri, stage: firstStageOf(session) };
}

function firstStageOf({ view }: Session): string {
  return view.settings.body.spec.stages[0] ?? '';
}

function tellRegistered(
  session: Session,
  made: Made,
  done: { readonly commit: string | undefined; readonly pushed: boolean; readonly session: Session },
): void {
  const { outside, flags } = session;
  const { model, version } = made;
  const { reference, digest, uri, stage } = factsOf(done.session, made);
  const written = { commit: done.commit, pushed: done.pushed, branch: done.session.branch };
  const next = done.session.view.settings.body.spec.stages[1];
  print(outside, flags, {
    json: {
      ...writtenJson({ model, version }, written),
      ...{ reference, digest, uri, stage },
      state: 'registered',
    } satisfies RegisterOutput,
    text: (_view, paint) =>
      [
        `${paint.green('registered')} ${paint.bold(reference)} in ${stage}`,
        `  artifact  ${digest}`,
        `  stored    ${uri}`,
        `  ${writtenText(written)}`,
        '',
        'next:',
        `  mreg evidence add ${reference} <file> --kind <offline, tests, scan …>`,
        ...(next === undefined ? [] : [`  mreg check ${reference} --to ${next}`]),
      ].join('\n'),
  });
}
