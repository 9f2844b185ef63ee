import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes files below a folder, folders included. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** What a test says of one version of MLflow. */
export interface MlflowVersion {
  readonly number: number;
  readonly run: string;
  readonly stage?: string;
  readonly source?: string;
}

/** The files of a version as MLflow's file store has them, with its run in experiment 7. */
export function storedVersion(model: string, { number, run, stage, source }: MlflowVersion): Record<string, string> {
  const home = `7/${run}`;
  const address = source ?? `file:///somewhere/else/mlruns/${home}/artifacts/model`;
  return {
    [`models/${model}/meta.yaml`]: `creation_timestamp: 1672601487738\ndescription: Finds fraud\nlast_updated_timestamp: 1672601487764\nname: ${model}\n`,
    [`models/${model}/version-${String(number)}/meta.yaml`]: [
      ...['aliases: []', 'creation_timestamp: 1672601487749', `current_stage: ${stage ?? 'None'}`, 'description: null'],
      ...['last_updated_timestamp: 1672601487775', `name: ${model}`, `run_id: ${run}`, "run_link: ''"],
      ...[`source: ${address}`, 'status: READY', 'status_message: null', `storage_location: ${address}`],
      ...['user_id: null', `version: ${String(number)}`, ''],
    ].join('\n'),
    [`${home}/meta.yaml`]: `artifact_uri: file:///somewhere/else/mlruns/${home}/artifacts\nexperiment_id: '7'\nrun_id: ${run}\n`,
    [`${home}/params/max_depth`]: '5',
    [`${home}/params/kernel`]: 'rbf',
    [`${home}/metrics/val auc`]: '1670301535917 0.5 0\n1670301535918 0.9333333333333333 1\n',
    [`${home}/metrics/loss`]: '1670301535917 nan 0\n',
    [`${home}/tags/mlflow.source.git.commit`]: 'd38984e536ac5102ccd495fdafe487a418378009',
    [`${home}/tags/mlflow.source.git.repoURL`]: 'https://user:hunter2@git.example/fraud.git',
    [`${home}/inputs/i1/meta.yaml`]: 'source_type: DATASET\nsource_id: d1\ndestination_type: RUN\n',
    '7/datasets/d1/meta.yaml': `name: train\ndigest: 1a2b3c\nsource_type: s3\nsource: '{"uri": "s3://bucket/train.parquet"}'\n`,
    [`${home}/artifacts/model/MLmodel`]: `run_id: ${run}\n`,
    [`${home}/artifacts/model/model.pkl`]: `weights ${String(number)}`,
  };
}

/** What a tracking server of a test knows, and what was asked of it. */
export interface TestTracking {
  readonly url: string;
  readonly asked: string[];
  readonly versions: { name: string; version: string; run_id: string; source: string; status: string }[];
  /** Files with other content than usual, by their path in the artifact. */
  readonly files: Map<string, TestFile>;
}

/** A file that a test gives out. */
export interface TestFile {
  readonly text: string;
  /** So often the connection is cut in the middle. */
  cuts?: number;
  /** Called when the first half was sent; the second never is. */
  readonly stuck?: () => void;
}

/** Starts a tracking server that answers MLflow's REST calls, two models a page; only `token` is let in. */
export async function trackingServer(token: string): Promise<TestTracking> {
  const tracking: Omit<TestTracking, 'url'> = { asked: [], versions: [], files: new Map() };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    tracking.asked.push(`${url.pathname}${url.search}`);
    const isKnown = request.headers.authorization === `Bearer ${token}`;
    const file = tracking.files.get(url.pathname.slice(url.pathname.indexOf('/model/') + '/model/'.length));
    if (file !== undefined) {
      sendHalf(response, file);
      return;
    }
    const answer = isKnown ? answerTo(tracking, url) : { status: 401, body: '{"message": "no"}' };
    // A page that takes its time is an answer all the same.
    setImmediate(() => response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => closed(server));
  return { ...tracking, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

function sendHalf(response: ServerResponse, file: TestFile): void {
  const { text, cuts = 0, stuck } = file;
  response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
  if (cuts === 0 && stuck === undefined) {
    response.end(text);
    return;
  }
  file.cuts = Math.max(0, cuts - 1);
  response.write(text.slice(0, text.length / 2), () => {
    if (stuck === undefined) response.destroy();
    else stuck();
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.closeAllConnections();
    server.close(() => {
      done();
    });
  });
}

const PROXY = '/api/2.0/mlflow-artifacts/artifacts';

function answerTo(
  { versions, files }: Omit<TestTracking, 'url'>,
  url: URL,
): { readonly status: number; readonly body: string } {
  const json = (value: unknown): { status: number; body: string } => ({ status: 200, body: JSON.stringify(value) });
  const asked = (name: string): string => url.searchParams.get(name) ?? '';
  switch (url.pathname) {
    case '/api/2.0/mlflow/registered-models/search': {
      const names = [...new Set(versions.map(({ name }) => name))].sort();
      const from = Number(asked('page_token') || '0');
      const page = names
        .slice(from, from + 1)
        .map((name) => ({ name, aliases: [{ alias: 'champion', version: '1' }] }));
      return json({
        registered_models: page,
        ...(from + 1 < names.length ? { next_page_token: String(from + 1) } : {}),
      });
    }
    case '/api/2.0/mlflow/model-versions/search':
      return json({ model_versions: versions.filter(({ name }) => asked('filter') === `name='${name}'`).reverse() });
    case '/api/2.0/mlflow/model-versions/get-download-uri':
      return json({
        artifact_uri: versions.find((v) => v.name === asked('name') && v.version === asked('version'))?.source,
      });
    case '/api/2.0/mlflow/runs/get':
      if (asked('run_id') === 'gone') return { status: 404, body: '{"error_code": "RESOURCE_DOES_NOT_EXIST"}' };
      return json({
        run: {
          info: { run_id: asked('run_id') },
          data: {
            metrics: [{ key: 'auc', value: 0.9, timestamp: 1, step: 0 }],
            params: [{ key: 'depth', value: '3' }],
          },
        },
      });
    case PROXY:
      if (asked('path').endsWith('/model'))
        return json({
          files: [
            { path: 'MLmodel', is_dir: false, file_size: 5 },
            { path: 'data', is_dir: true },
          ],
        });
      if (asked('path').endsWith('/data'))
        return json({
          files: [
            { path: 'model.pkl', is_dir: false, file_size: String(files.get('data/model.pkl')?.text.length ?? 7) },
          ],
        });
      if (asked('path').endsWith('/climbing')) return json({ files: [{ path: '..', is_dir: false, file_size: 1 }] });
      return { status: 404, body: '{}' };
    default:
      return url.pathname.startsWith(PROXY)
        ? { status: 200, body: url.pathname.endsWith('MLmodel') ? 'hello' : 'weights' }
        : { status: 404, body: '{}' };
  }
}
