import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { print, tell, type CommonFlags } from './flags.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { bringModel, type Brought } from './import-model.ts';
import { chosenNames, type NameFlags } from './import-names.ts';
import { openGto, openMlflow, type SourceFlags } from './import-sources.ts';
import type { ForeignRegistry } from '../import/foreign.ts';
import { importText } from '../report/import.ts';
import type { ImportOutput } from '../report/output-schemas.ts';
import type { Outside } from './outside.ts';
import { remoteOf, synchronised } from './remote.ts';
import { withSession, type Session } from './session.ts';
import { authorOf } from './signing.ts';
import { chooseStore } from './stores.ts';

interface ImportFlags extends CommonFlags, NameFlags, SourceFlags {
  readonly store?: string | undefined;
}

export function importCommand(host: Host): CommandUnknownOpts {
  return new Command('import')
    .summary('bring models over from another registry')
    .description(
      'Brings models, versions, metrics and lineage over from another registry; run again, only what is new.',
    )
    .addCommand(mlflowCommand(host))
    .addCommand(gtoCommand(host));
}

function mlflowCommand(host: Host): CommandUnknownOpts {
  return new Command('mlflow')
    .summary('from MLflow: a tracking server, its file store, or an export')
    .description(
      'Reads the registered models of MLflow and registers their versions here in order, signed by you and marked as imported. Stages and aliases are told, never taken over: promotions pass the gates here.',
    )
    .argument('<source>', 'https://… of a tracking server, or a folder: mlruns, or an export by mlflow-export-import')
    .option('--only <glob>', 'only models whose name there matches; repeat it', collect)
    .option('--model <there=here>', 'the name that a model gets here; repeat it', collect)
    .option('--store <url>', 'which configured store takes the bytes (default: the first)')
    .option('--artifacts <dir>', 'a folder with the artifact folders of runs, where the source has none')
    .option('--allow-http', 'speak to a server of another machine without encryption')
    .addHelpText(
      'after',
      '\nExamples:\n  mreg import mlflow ./mlruns --dry-run\n  MLFLOW_TRACKING_TOKEN=… mreg import mlflow https://mlflow.example.org --only "fraud*"',
    )
    .action(async (source, options, command) => {
      const flags = { ...commonFlags(command), ...options };
      host.code = await importFrom(host.outside, flags, {
        system: 'mlflow',
        read: (wanted) => openMlflow(host.outside, flags, { source, wanted }),
      });
    });
}

function gtoCommand(host: Host): CommandUnknownOpts {
  return new Command('gto')
    .summary('from the tags of a GTO repository')
    .description(
      'Reads the versions that GTO tags register in a git repository and registers them here, with the tagged commit as lineage. Stages are told, never taken over: promotions pass the gates here.',
    )
    .argument('<repository>', 'a clone with its tags')
    .option('--only <glob>', 'only artifacts whose name there matches; repeat it', collect)
    .option('--model <there=here>', 'the name that an artifact gets here; repeat it', collect)
    .option('--store <url>', 'which configured store takes the bytes (default: the first)')
    .option('--artifacts <dir>', 'a folder with the files that DVC or LFS pointers name')
    .addHelpText('after', '\nExample:\n  mreg import gto ../models --model churn=risk/churn')
    .action(async (repository, options, command) => {
      const flags = { ...commonFlags(command), ...options };
      host.code = await importFrom(host.outside, flags, {
        system: 'gto',
        read: () => openGto(host.outside, flags, repository),
      });
    });
}

interface Source {
  readonly system: string;
  readonly read: (wanted: (model: string) => boolean) => Promise<OpenSource>;
}

interface OpenSource {
  readonly registry: ForeignRegistry;
  close(): Promise<void>;
}

async function importFrom(outside: Outside, flags: ImportFlags, { system, read }: Source): Promise<number> {
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    // Before gigabytes are loaded: a key that is missing or not trusted, and a store that is not configured, are told at once.
    await authorOf(session);
    const store = chooseStore(session.view.settings.body.spec.stores, flags.store).url;
    const names = chosenNames(flags);
    const source = await read(names.isWanted);
    try {
      const { registry } = source;
      tell(outside, flags, `found ${registry.found}`);
      const models = names.mapped(registry.models);
      const brought: Brought[] = [];
      const place = placesOf(models.reduce((sum, { model }) => sum + model.versions.length, 0));
      for (const { model, name } of models) brought.push(await bringModel(session, { model, name, store, place }));
      return await tellBrought(session, { system, found: registry.found, brought });
    } finally {
      await source.close();
    }
  });
}

function placesOf(total: number): () => string {
  let at = 0;
  return () => {
    at += 1;
    return `[${String(at)}/${String(total)}] `;
  };
}

async function tellBrought(
  session: Session,
  { system, found, brought }: { readonly system: string; readonly found: string; readonly brought: readonly Brought[] },
): Promise<number> {
  const { outside, flags, view, branch } = session;
  const versions = brought.flatMap((model) => model.versions);
  const counted = (...states: readonly string[]): number =>
    versions.filter(({ state }) => states.includes(state)).length;
  const hasRemote = flags.push !== false && (await remoteOf(session.repository, branch)) !== undefined;
  const output = {
    ...{ system, found, dryRun: flags.dryRun === true },
    pushed: hasRemote && counted('imported') > 0,
    ...{ imported: counted('imported', 'planned'), present: counted('present'), failed: counted('failed') },
    models: brought.map(({ from, to, reason, ...model }) => ({ from, to, versions: model.versions.length, reason })),
    versions: [...versions],
  } satisfies ImportOutput;
  const stages = view.settings.body.spec.stages;
  print(outside, flags, { json: output, text: (textView) => importText(output, stages, textView) });
  return output.failed > 0 || brought.some(({ reason }) => reason !== null) ? 1 : 0;
}
