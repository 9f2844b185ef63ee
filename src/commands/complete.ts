import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { parseRequestBranch } from '../documents/paths.ts';
import type { Repository } from '../git/port.ts';
import { inChunks } from '../registry/in-chunks.ts';
import { readStandingFreezes } from '../registry/freezes.ts';
import { listModels, versionNumbers } from '../registry/models.ts';
import { mustRead } from '../registry/read-file.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import { commonFlags, type Host } from './declare.ts';
import { snapshotAt, withRepository } from './session.ts';

/** Versions of each model that are offered; older ones are seldom meant. */
const NEWEST = 10;

/** Declares `mreg complete`, which completion scripts call: names, one a line, and never a word of anything else. */
export function completeCommand(host: Host): CommandUnknownOpts {
  return new Command('complete')
    .description('Prints names for the completion scripts: models, stages, references, requests or freezes.')
    .argument('<what>')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (what, _options, command) => {
      const names = await candidates(host, command, what);
      host.outside.stdout(names.map((name) => `${name}\n`).join(''));
    });
}

/** In the middle of a command line nobody wants to read an error. */
async function candidates(host: Host, command: CommandUnknownOpts, what: string): Promise<readonly string[]> {
  try {
    return await withRepository(host.outside, commonFlags(command), (repository) => namesOf(repository, what));
  } catch {
    return [];
  }
}

async function namesOf(repository: Repository, what: string): Promise<readonly string[]> {
  if (what === 'requests') return requestsOf(repository);
  const { commit } = await repository.head();
  if (commit === undefined) return [];
  const snapshot = await snapshotAt(repository, commit);
  if (what === 'models') return listModels(snapshot);
  if (what === 'stages') return stagesOf(snapshot);
  if (what === 'freezes') return (await readStandingFreezes(snapshot)).map(({ number }) => String(number));
  return what === 'references' ? referencesOf(snapshot) : [];
}

async function stagesOf(snapshot: Snapshot): Promise<readonly string[]> {
  return (await mustRead(snapshot, 'Registry', 'mreg.yaml'))?.body.spec.stages ?? [];
}

async function referencesOf(snapshot: Snapshot): Promise<readonly string[]> {
  const stages = await stagesOf(snapshot);
  const named = await inChunks(await listModels(snapshot), async (model) => {
    const newest = (await versionNumbers(snapshot, model)).slice(-NEWEST).reverse();
    return [...newest.map((number) => `${model}@v${String(number)}`), ...stages.map((stage) => `${model}@${stage}`)];
  });
  return named.flat();
}

async function requestsOf(repository: Repository): Promise<readonly string[]> {
  const refs = [...(await repository.refs('refs/heads/promote/')), ...(await repository.refs('refs/remotes/'))];
  const named = refs.flatMap(({ ref }) => {
    const request = parseRequestBranch(ref.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, ''));
    return request === undefined ? [] : [`${request.model}@${request.version}`];
  });
  return [...new Set(named)];
}
