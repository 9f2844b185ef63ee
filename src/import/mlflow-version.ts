import type { Origin } from '../documents/kinds/model-version.ts';
import { fieldsOf, instantFrom, listOf, textOf, type Fields } from './json-values.ts';
import { withoutCredentials } from './names.ts';

/** Returns where a version of MLflow was, from what MLflow says of it; the aliases come from the model or the version. */
export function mlflowOrigin(model: string, version: Fields, aliases: readonly string[]): Origin {
  const stage = textOf(version['current_stage']) ?? 'None';
  const standing = [...(stage === 'None' ? [] : [stage]), ...aliases.map((alias) => `alias ${alias}`)];
  const uri = textOf(version['source']);
  const run = textOf(version['run_id']);
  const createdAt = instantFrom(version['creation_timestamp']);
  return {
    ...{ system: 'mlflow', model: model.slice(0, 1000), version: (textOf(version['version']) ?? '').slice(0, 1000) },
    ...(uri === undefined ? {} : { uri: withoutCredentials(uri) }),
    ...(run === undefined ? {} : { run: run.slice(0, 1000) }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(standing.length === 0 ? {} : { standing: standing.map((text) => text.slice(0, 1000)).slice(0, 50) }),
  };
}

/** Returns the aliases of a version: newer servers tell them with the version, all of them with the model. */
export function aliasesOf(model: Fields, version: Fields): readonly string[] {
  const ofModel = listOf(model['aliases'])
    .map(fieldsOf)
    .filter((alias) => textOf(alias['version']) === textOf(version['version']))
    .flatMap((alias) => textOf(alias['alias']) ?? []);
  const ofVersion = listOf(version['aliases']).flatMap((alias) => (typeof alias === 'string' ? [alias] : []));
  return [...new Set([...ofModel, ...ofVersion])].sort();
}

/** Tells whether a version still counts there: MLflow keeps deleted ones as a stage of their own. */
export function isKept(version: Fields): boolean {
  return textOf(version['current_stage']) !== 'Deleted_Internal' && textOf(version['version']) !== undefined;
}

/** Returns versions in the order of their numbers. */
export function byNumber(versions: readonly Fields[]): readonly Fields[] {
  return [...versions].sort((a, b) => Number(textOf(a['version'])) - Number(textOf(b['version'])));
}

/** Where the artifact of a version is: below which run or logged model, and there at which path (empty for all of it). */
export interface ArtifactSpot {
  readonly owner: string;
  readonly path: string;
}

/**
 * Returns the place of an artifact within the folders of runs and logged models, from whatever address it was given
 * when it was logged: `/old/machine/mlruns/1/<run>/artifacts/model` lies in a copy as `<run>/artifacts/model`.
 */
export function artifactSpot(address: string): ArtifactSpot | undefined {
  const byRun = /^runs:\/+([^/]+)(?:\/(.*))?$/.exec(address);
  const found = byRun ?? /(?:^|\/)([^/]+)\/artifacts(?:\/(.*))?$/.exec(address);
  const owner = found?.[1];
  const path = (found?.[2] ?? '').replace(/\/+$/, '');
  return owner !== undefined && isSafeName(owner) && (path === '' || path.split('/').every(isSafeName))
    ? { owner, path }
    : undefined;
}

/** Attack: an id or path out of a foreign file climbs out of its folder, and has the importer publish files of hers. */
export function isSafeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}
