import { Buffer } from 'node:buffer';
import { MregError } from '../documents/error.ts';
import type { ForeignDetails, ForeignModel, ForeignRegistry } from './foreign.ts';
import { fieldsOf, listOf, textOf, type Fields } from './json-values.ts';
import { proxiedArtifact } from './mlflow-artifacts.ts';
import { factsOfRun, type RunFacts } from './mlflow-run.ts';
import { aliasesOf, byNumber, isKept, mlflowOrigin } from './mlflow-version.ts';
import type { TrackingServer } from './tracking-server.ts';

const PAGE = '100';
const MAX_PAGES = 10_000;

/** Reads the models of an MLflow tracking server over its REST API; `wanted` spares asking for the versions of others. */
export async function readTrackingServer(
  server: TrackingServer,
  wanted: (model: string) => boolean,
): Promise<ForeignRegistry> {
  const listed = await pages(server, 'registered-models/search', { list: 'registered_models', query: {} });
  const models: ForeignModel[] = [];
  for (const fields of listed) {
    const name = textOf(fields['name']) ?? '';
    if (name !== '' && wanted(name)) models.push(await readModel(server, name, fields));
  }
  return { found: `an MLflow tracking server at ${server.base.origin}`, models };
}

async function readModel(server: TrackingServer, name: string, fields: Fields): Promise<ForeignModel> {
  const quote = name.includes("'") ? '"' : "'";
  const query = { filter: `name=${quote}${name}${quote}` };
  const versions = await pages(server, 'model-versions/search', { list: 'model_versions', query });
  // A filter is a wish: what the server tells of other models is left.
  const own = versions.filter((version) => version['name'] === name && isKept(version));
  return {
    name,
    description: textOf(fields['description']),
    versions: byNumber(own).map((version) => ({
      origin: mlflowOrigin(name, version, aliasesOf(fields, version)),
      read: () => readDetails(server, version),
    })),
  };
}

async function pages(
  server: TrackingServer,
  path: string,
  { list, query }: { readonly list: string; readonly query: Readonly<Record<string, string>> },
): Promise<readonly Fields[]> {
  const found: Fields[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const next = token === undefined ? {} : { page_token: token };
    const answer = fieldsOf(await server.json(`api/2.0/mlflow/${path}`, { ...query, max_results: PAGE, ...next }));
    found.push(...listOf(answer[list]).map(fieldsOf));
    const after = textOf(answer['next_page_token']);
    if (after === undefined || after === token) return found;
    token = after;
  }
  throw new MregError('network', `${server.base.host} has no end of pages`, { hint: 'ask whoever runs the server' });
}

async function readDetails(server: TrackingServer, version: Fields): Promise<ForeignDetails> {
  const facts = await readRun(server, textOf(version['run_id']));
  return {
    description: textOf(version['description']),
    lineage: facts.lineage,
    metrics: facts.metrics,
    notes: facts.notes,
    artifact: await artifactOf(server, version),
  };
}

async function readRun(server: TrackingServer, id: string | undefined): Promise<RunFacts> {
  if (id === undefined) return { lineage: undefined, metrics: {}, notes: [] };
  const answer = await server.json('api/2.0/mlflow/runs/get', { run_id: id }, 'may be absent');
  if (answer === undefined) {
    return { lineage: undefined, metrics: {}, notes: [`its run ${id} is gone: no metrics and no lineage`] };
  }
  const run = fieldsOf(fieldsOf(answer)['run']);
  const data = fieldsOf(run['data']);
  return factsOfRun({
    params: data['params'],
    tags: data['tags'],
    // The server tells the last value of each metric; one that is no number is a word there.
    metrics: listOf(data['metrics'])
      .map(fieldsOf)
      .flatMap((metric): [string, number][] => {
        const { key, value } = metric;
        return typeof key === 'string' ? [[key, typeof value === 'number' ? value : Number.NaN]] : [];
      }),
    datasets: fieldsOf(run['inputs'])['dataset_inputs'],
  });
}

/** A version may be registered from a run or a logged model: the server knows where the bytes really are. */
async function artifactOf(server: TrackingServer, version: Fields): Promise<ForeignDetails['artifact']> {
  const status = textOf(version['status']);
  if (status !== undefined && status !== 'READY') {
    const hint = 'finish or delete it in MLflow, and import again';
    return { reason: `MLflow says ${status} of it: ${textOf(version['status_message']) ?? 'no reason given'}`, hint };
  }
  const query = { name: textOf(version['name']) ?? '', version: textOf(version['version']) ?? '' };
  const answer = await server.json('api/2.0/mlflow/model-versions/get-download-uri', query, 'may be absent');
  const address = textOf(fieldsOf(answer)['artifact_uri']) ?? textOf(version['source']) ?? '';
  const path = proxiedPath(server.base, address);
  if (path !== undefined) return proxiedArtifact(server, path);
  return {
    reason: `its bytes are at ${address === '' ? 'no address' : address}, which the server does not hand out`,
    hint: 'export the models with mlflow-export-import where that address can be read, and import the export',
  };
}

/** The path behind the server's own artifact proxy; undefined for what lies elsewhere. */
function proxiedPath({ host, origin }: URL, address: string): string | undefined {
  const scheme = /^mlflow-artifacts:(?:\/\/([^/]*))?\/*(.*)$/.exec(address);
  // Attack: an address that names another host would take the token there.
  if (scheme !== null) return (scheme[1] ?? '') === '' || scheme[1] === host ? scheme[2] : undefined;
  const direct = `${origin}/api/2.0/mlflow-artifacts/artifacts/`;
  return address.startsWith(direct) ? address.slice(direct.length) : undefined;
}

/** Returns the header that MLflow's own clients would send, from the same variables; undefined without any. */
export function mlflowAuthorisation(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: password } = env;
  // As MLflow does: user and password come before a token.
  if (user !== undefined && password !== undefined) {
    return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }
  return token === undefined || token === '' ? undefined : `Bearer ${token}`;
}
