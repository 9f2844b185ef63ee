import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_OF } from '../../src/documents/error.ts';
import type { ImportOutput } from '../../src/report/output-schemas.ts';
import { git } from '../support/git.ts';
import { storedVersion, trackingServer, writeFiles } from '../support/mlflow.ts';
import { makeRegistry, mustSucceed, template, type Call, type TestRegistry } from '../support/registry.ts';

const served = template((home) => makeRegistry({ home, server: true }));
const plain = template((home) => makeRegistry({ home }));

async function imported(registry: TestRegistry, words: readonly string[], call: Call = {}): Promise<ImportOutput> {
  const { stdout } = await registry.mreg(['import', ...words, '--json'], call);
  return JSON.parse(stdout) as ImportOutput;
}

function states({ versions }: ImportOutput): readonly string[] {
  return versions.map(({ from, model, version, state }) => `${from.version} ${state} ${model}@${version ?? '-'}`);
}

describe('mreg import mlflow of a file store', () => {
  it('brings versions with lineage and metrics past the server’s hook, and the second time only what is new', async () => {
    const registry = await served();
    const store = join(registry.home, 'mlruns');
    writeFiles(store, storedVersion('Fraud Model', { number: 1, run: 'aa11', stage: 'Archived' }));
    writeFiles(store, storedVersion('Fraud Model', { number: 3, run: 'bb22', stage: 'Production' }));
    writeFiles(store, { 'models/Fraud Model/aliases/champion': '3' });
    const first = await imported(registry, ['mlflow', store]);
    expect(states(first)).toEqual(['1 imported fraud-model@v1', '3 imported fraud-model@v2']);
    expect(first).toMatchObject({ pushed: true, imported: 2, present: 0, failed: 0 });
    const text = registry.read('registry/fraud-model/versions/v2/version.yaml');
    expect(text.slice(text.indexOf('  lineage:'), text.indexOf('  registeredBy:'))).toMatchInlineSnapshot(`
      "  lineage:
          code:
            repository: "https://git.example/fraud.git"
            commit: d38984e536ac5102ccd495fdafe487a418378009
          data:
            - name: train
              uri: "s3://bucket/train.parquet"
          parameters:
            kernel: rbf
            max_depth: 5
        origin:
          system: mlflow
          model: Fraud Model
          version: "3"
          uri: "file:///somewhere/else/mlruns/7/bb22/artifacts/model"
          run: bb22
          createdAt: "2023-01-01T19:31:27.749Z"
          standing:
            - Production
            - alias champion
      "
    `);
    const evidence = registry.read('registry/fraud-model/versions/v2/evidence/offline-1.yaml');
    expect(evidence).toContain('val_auc: 0.9333333333333333\n');
    expect(evidence).toContain('command: import of Fraud Model version 3 run bb22');
    expect(registry.git('log', '-1', '--format=%(trailers:key=Imported-From,valueonly)')).toContain('mlflow');
    mustSucceed(await registry.mreg(['verify']));
    expect(states(await imported(registry, ['mlflow', store]))).toEqual([
      '1 present fraud-model@v1',
      '3 present fraud-model@v2',
    ]);
    writeFiles(store, storedVersion('Fraud Model', { number: 4, run: 'cc33' }));
    const again = await imported(registry, ['mlflow', store]);
    expect(states(again).at(-1)).toBe('4 imported fraud-model@v3');
    expect(registry.git('rev-list', '--count', 'origin/main')).toBe('4');
  }, 60_000);

  it('shows in a dry run what would come, what stood where, and changes nothing', async () => {
    const registry = await plain();
    const store = join(registry.home, 'mlruns');
    writeFiles(store, storedVersion('fraud', { number: 1, run: 'aa11', stage: 'Production' }));
    const { code, stdout } = await registry.mreg([
      'import',
      'mlflow',
      registry.home,
      '--dry-run',
      '--model',
      'fraud=risk/fraud',
    ]);
    expect({ code, stdout }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stdout": "fraud is called risk/fraud here

      THERE    HERE           STATE  SIZE
      fraud 1  risk/fraud@v1  new    22 B
               metric loss is NaN: no number that evidence can hold

      1 version would come from an MLflow file store; dry run: nothing was changed

      risk/fraud@v1 was: Production
      ",
      }
    `);
    expect(registry.git('rev-list', '--count', 'HEAD')).toBe('1');
  });

  it('leaves out versions whose bytes are elsewhere, says what to do, and takes them from --artifacts', async () => {
    const registry = await plain();
    const store = join(registry.home, 'mlruns');
    writeFiles(store, storedVersion('fraud', { number: 1, run: 'aa11' }));
    writeFiles(store, storedVersion('fraud', { number: 2, run: 'bb22' }));
    rmSync(join(store, '7/aa11/artifacts'), { recursive: true });
    const first = await registry.mreg(['import', 'mlflow', store]);
    expect(first.code).toBe(1);
    expect(first.stdout.replace(/\s+/g, ' ')).toContain('name that with --artifacts <dir>');
    writeFiles(join(registry.home, 'more'), { '7/aa11/artifacts/model/model.pkl': 'weights' });
    const second = await imported(registry, ['mlflow', store, '--artifacts', join(registry.home, 'more')]);
    expect(states(second)).toEqual(['1 imported fraud@v2', '2 present fraud@v1']);
  });

  it.each([
    ['an address that climbs out', 'file:///x/aa11/artifacts/../../../secret'],
    ['a folder of this machine', 'file:///etc'],
  ])('takes nothing from %s', async (_, source) => {
    const registry = await plain();
    const store = join(registry.home, 'mlruns');
    writeFiles(store, storedVersion('fraud', { number: 1, run: 'aa11', source }));
    writeFiles(registry.home, { 'mlruns/secret': 'secret' });
    expect(states(await imported(registry, ['mlflow', store]))).toEqual(['1 failed fraud@-']);
  });

  it('follows no link out of the export', async () => {
    const registry = await plain();
    const store = join(registry.home, 'mlruns');
    writeFiles(store, storedVersion('fraud', { number: 1, run: 'aa11' }));
    writeFiles(registry.home, { 'private/id_ed25519': 'secret' });
    rmSync(join(store, '7/aa11/artifacts/model'), { recursive: true });
    symlinkSync(join(registry.home, 'private'), join(store, '7/aa11/artifacts/model'));
    expect(states(await imported(registry, ['mlflow', store]))).toEqual(['1 failed fraud@-']);
  });

  it.each([
    [['--only', 'x*'], 'no model there matches'],
    [['--model', 'nobody=x'], 'which is not there'],
    [['--model', 'fraud'], 'no there=here'],
    [['--model', 'fraud=Fraud'], 'has no name here'],
    [['--model', 'fraud=score'], 'would both be score'],
  ])('refuses %j', async (flags, said) => {
    const registry = await plain();
    const store = join(registry.home, 'mlruns');
    writeFiles(store, storedVersion('fraud', { number: 1, run: 'aa11' }));
    writeFiles(store, storedVersion('score', { number: 1, run: 'bb22' }));
    const { code, stderr } = await registry.mreg(['import', 'mlflow', store, ...flags]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) as string });
  });
});

describe('mreg import mlflow of an export', () => {
  it('reads what mlflow-export-import wrote, and one broken model stops no other', async () => {
    const registry = await plain();
    const version = (model: string, run: string) => ({
      ...{ name: model, version: '1', run_id: run, current_stage: 'Staging', creation_timestamp: 1672601487749 },
      ...{ source: `/opt/mlflow/server/mlruns/1/${run}/artifacts/sklearn-model`, status: 'READY', tags: {} },
    });
    const model = (name: string, run: string): string =>
      JSON.stringify({ system: {}, mlflow: { registered_model: { name, latest_versions: [version(name, run)] } } });
    const run = `{"mlflow": {"info": {}, "params": {"max_depth": "5"}, "metrics": {"acc": [{"value": 0.5, "step": 1}, {"value": 0.25, "step": 0}], "bad": [{"value": NaN, "step": 0}]}, "tags": {"mlflow.source.git.commit": "d38984e536ac"}}}`;
    const root = join(registry.home, 'out');
    writeFiles(root, {
      'models/models/a_model/model.json': model('a_model', 'aa11'),
      'models/models/wine/model.json': model('wine', 'bb22'),
      'models/experiments/1/bb22/run.json': run,
      'models/experiments/1/bb22/artifacts/sklearn-model/model.pkl': 'weights',
      'models/experiments/1/aa11/run.json': '{',
    });
    const output = await imported(registry, ['mlflow', root]);
    expect(states(output)).toEqual(['1 failed a_model@-', '1 imported wine@v1']);
    expect(output.versions[1]?.notes).toEqual([
      'the run names commit d38984e536ac of no repository: it is no lineage',
      'metric bad is NaN: no number that evidence can hold',
    ]);
    expect(registry.read('registry/wine/versions/v1/evidence/offline-1.yaml')).toContain('acc: 0.5\n');
  });
});

describe('mreg import mlflow of a tracking server', () => {
  const token = 'tok-very-secret';
  const call = { env: { MLFLOW_TRACKING_TOKEN: token } };
  const source = 'mlflow-artifacts:/1/aa11/artifacts/model';

  it('reads page by page, loads the bytes through the proxy, and brings only what is new', async () => {
    const registry = await plain();
    const tracking = await trackingServer(token);
    tracking.versions.push(
      { name: 'fraud', version: '1', run_id: 'aa11', source, status: 'READY' },
      { name: 'fraud', version: '2', run_id: 'gone', source, status: 'READY' },
      { name: 'score', version: '1', run_id: 'cc33', source: 's3://bucket/x', status: 'READY' },
      { name: 'tree', version: '1', run_id: 'dd44', source: `${source.slice(0, -5)}climbing`, status: 'READY' },
    );
    const first = await imported(registry, ['mlflow', tracking.url], call);
    expect(states(first)).toEqual([
      '1 imported fraud@v1',
      '2 imported fraud@v2',
      '1 failed score@-',
      '1 failed tree@-',
    ]);
    expect(first.versions[0]?.standing).toEqual(['alias champion']);
    expect(first.versions[1]?.notes).toEqual(['its run gone is gone: no metrics and no lineage']);
    expect(first.versions[2]?.reason).toContain('s3://bucket/x');
    expect(JSON.stringify(first)).not.toContain(token);
    expect(registry.read('registry/fraud/versions/v1/version.yaml')).toContain('path: data/model.pkl');
    tracking.asked.length = 0;
    tracking.versions.push({ name: 'fraud', version: '3', run_id: 'ee55', source, status: 'FAILED_REGISTRATION' });
    const second = await registry.mreg(['import', 'mlflow', tracking.url, '--only', 'fraud'], call);
    expect(second.code).toBe(1);
    expect(second.stdout).toContain('FAILED_REGISTRATION');
    expect(tracking.asked.filter((path) => path.includes('runs/get'))).toEqual([
      '/api/2.0/mlflow/runs/get?run_id=ee55',
    ]);
  }, 60_000);

  const large = 'large '.repeat(50_000);

  it('begins a file again that was cut off on the way', async () => {
    const registry = await plain();
    const tracking = await trackingServer(token);
    tracking.versions.push({ name: 'fraud', version: '1', run_id: 'aa11', source, status: 'READY' });
    tracking.files.set('data/model.pkl', { text: large, cuts: 2 });
    expect(states(await imported(registry, ['mlflow', tracking.url], call))).toEqual(['1 imported fraud@v1']);
    expect(tracking.asked.filter((path) => path.endsWith('model.pkl'))).toHaveLength(3);
    expect(registry.read('registry/fraud/versions/v1/version.yaml')).toContain(`size: ${String(large.length)}\n`);
    tracking.versions.push({ name: 'fraud', version: '2', run_id: 'bb22', source, status: 'READY' });
    tracking.files.set('data/model.pkl', { text: large, cuts: 9 });
    expect(states(await imported(registry, ['mlflow', tracking.url], call))[1]).toBe('2 failed fraud@-');
  });

  it('that is interrupted leaves whole versions only, and the next import brings the rest', async () => {
    const registry = await plain();
    const tracking = await trackingServer(token);
    const version = (number: string) => ({ name: 'fraud', version: number, run_id: 'aa11', source, status: 'READY' });
    tracking.versions.push(version('1'));
    expect(states(await imported(registry, ['mlflow', tracking.url], call))).toEqual(['1 imported fraud@v1']);
    tracking.versions.push(version('2'), version('3'));
    const interruption = new AbortController();
    tracking.files.set('data/model.pkl', {
      text: large,
      stuck: () => {
        interruption.abort();
      },
    });
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('mreg-import-'));
    const stopped = await registry.mreg(['import', 'mlflow', tracking.url], {
      ...call,
      interrupted: interruption.signal,
    });
    expect({ code: stopped.code, stderr: stopped.stderr }).toMatchObject({
      code: EXIT_OF.interrupted,
      stderr: expect.stringContaining('interrupted') as string,
    });
    expect(registry.git('status', '--porcelain')).toBe('');
    expect(registry.git('ls-files', 'registry')).not.toContain('v2');
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('mreg-import-') && !before.includes(name))).toEqual(
      [],
    );
    tracking.files.clear();
    expect(states(await imported(registry, ['mlflow', tracking.url], call))).toEqual([
      '1 present fraud@v1',
      '2 imported fraud@v2',
      '3 imported fraud@v3',
    ]);
    mustSucceed(await registry.mreg(['verify']));
  });

  it('shows on a terminal which of how many comes, and how far it is', async () => {
    const registry = await plain();
    const tracking = await trackingServer(token);
    for (const number of ['1', '2'])
      tracking.versions.push({ name: 'fraud', version: number, run_id: 'aa11', source, status: 'READY' });
    let clock = Date.parse('2026-03-01T00:00:00Z');
    const now = (): Date => new Date((clock += 500));
    const { stderr } = await registry.mreg(['import', 'mlflow', tracking.url], { ...call, now, terminal: true });
    expect(stderr).toMatch(/\[2\/2\] fraud 2: fetch +\d+% +/);
    expect(stderr).toMatch(/\[2\/2\] fraud 2: store +\d+% +/);
  });

  it.each([
    ['a server that does not know us', {}, 'MLFLOW_TRACKING_TOKEN'],
    ['a wrong token', { MLFLOW_TRACKING_TOKEN: 'tok-wrong' }, 'does not let us read'],
    ['another user', { MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'tok-wrong' }, 'does not let us read'],
  ])('says what %s needs, and never the secret', async (_, env, said) => {
    const registry = await plain();
    const { url } = await trackingServer(token);
    const { code, stderr, stdout } = await registry.mreg(['import', 'mlflow', url], { env });
    expect(code).toBe(3);
    expect(stderr).toContain(said);
    expect(stderr + stdout).not.toContain('tok-wrong');
  });

  it.each([
    ['http://mlflow.example.org', 'is not encrypted'],
    ['https://u:p@mlflow.example.org', 'must not hold a password'],
    ['sqlite:///mlflow.db', 'can be read by MLflow alone'],
    ['nowhere', 'no MLflow file store'],
  ])('refuses %s', async (address, said) => {
    const registry = await plain();
    const { code, stderr } = await registry.mreg(['import', 'mlflow', address]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) as string });
  });
});

describe('mreg import gto', () => {
  function tagged(registry: TestRegistry): (...args: readonly string[]) => string {
    const home = join(registry.home, 'gto');
    mkdirSync(home);
    const run = (...args: readonly string[]): string => git(home, args, { env: registry.env });
    run('init', '--quiet');
    run('remote', 'add', 'origin', 'https://me:hunter2@git.example/models.git');
    return run;
  }

  it('brings tagged versions in the order of their numbers, with files of git, DVC and LFS', async () => {
    const registry = await served();
    const run = tagged(registry);
    const home = join(registry.home, 'gto');
    const commit = (files: Readonly<Record<string, string>>): void => {
      writeFiles(home, files);
      run('add', '-A', '-f');
      run('commit', '--quiet', '-m', 'change');
    };
    commit({
      'artifacts.yaml':
        'churn:\n  path: out/model\n  type: model\n  labels: [tabular]\n  description: Who leaves\nbig:\n  path: big.bin\n',
      'out/model/weights.bin': 'one',
      'out/model/conf.json': '{}',
    });
    run('tag', '-a', '-m', 'x', 'churn@v0.9.0');
    run('tag', 'churn@v0.8.0');
    run('tag', 'churn@v0.8.0!#2');
    run('tag', '-a', '-m', 'x', 'churn#dev');
    const md5 = createHash('md5').update('heavy').digest('hex');
    commit({ 'out/model/weights.bin': 'two', 'big.bin.dvc': `outs:\n- md5: ${md5}\n  size: 5\n  path: big.bin\n` });
    run('tag', '-a', '-m', 'x', 'churn@v0.10.0');
    run('tag', '-a', '-m', 'x', 'churn#prod#1');
    run('tag', '-a', '-m', 'x', 'churn#dev!#2');
    run('tag', 'big@v1.0.0');
    const first = await imported(registry, ['gto', home]);
    expect(states(first)).toEqual(['v1.0.0 failed big@-', 'v0.9.0 imported churn@v1', 'v0.10.0 imported churn@v2']);
    expect(first.versions.map(({ standing }) => standing)).toEqual(
      [['prod'], [], ['prod']].map((s, i) => (i === 0 ? [] : s)),
    );
    const text = registry.read('registry/churn/versions/v2/version.yaml');
    expect(text).toContain('repository: "https://git.example/models.git"');
    expect(text).toContain(run('rev-parse', 'churn@v0.10.0^{commit}'));
    expect(text).toContain('path: weights.bin');
    mustSucceed(await registry.mreg(['verify']));
    mkdirSync(join(registry.home, 'pulled'));
    writeFileSync(join(registry.home, 'pulled/big.bin'), 'other');
    const flags = ['--artifacts', join(registry.home, 'pulled')];
    expect(states(await imported(registry, ['gto', home, ...flags]))[0]).toBe('v1.0.0 failed big@-');
    writeFileSync(join(registry.home, 'pulled/big.bin'), 'heavy');
    expect(states(await imported(registry, ['gto', home, ...flags]))).toEqual([
      'v1.0.0 imported big@v1',
      'v0.9.0 present churn@v1',
      'v0.10.0 present churn@v2',
    ]);
  }, 60_000);

  it('tells what to do about pointers to bytes that are not here, alone or in a folder, and takes them once they are', async () => {
    const registry = await plain();
    const run = tagged(registry);
    const home = join(registry.home, 'gto');
    const [sha, md5] = ['sha256', 'md5'].map((name) => createHash(name).update('heavy').digest('hex'));
    const list = JSON.stringify([{ md5, relpath: 'sub/weights.bin' }]);
    const folder = createHash('md5').update(list).digest('hex');
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha ?? ''}\nsize 5\n`;
    writeFiles(home, {
      'artifacts.yaml': ['lfs', 'mixed', 'dvc', 'dir', 'made', 'part']
        .map((name) => `${name}:\n  path: ${name === 'mixed' || name === 'part' ? name : `out/${name}`}\n`)
        .join(''),
      'out/lfs': pointer,
      'mixed/config.json': '{}',
      'mixed/weights.bin': pointer,
      'out/dvc.dvc': `outs:\n- md5: ${md5 ?? ''}\n  path: dvc\n`,
      'out/dir.dvc': `outs:\n- md5: ${folder}.dir\n  path: dir\n`,
      'dvc.lock': `schema: '2.0'\nstages:\n  train:\n    outs:\n    - path: out/made\n      md5: ${md5 ?? ''}\n`,
      'part/weights.bin.dvc': `outs:\n- md5: ${md5 ?? ''}\n  path: weights.bin\n`,
    });
    run('add', '-A', '-f');
    run('commit', '--quiet', '-m', 'change');
    for (const name of ['lfs', 'mixed', 'dvc', 'dir', 'made', 'part']) run('tag', `${name}@v1.0.0`);
    const first = await imported(registry, ['gto', home]);
    const said = first.versions.map(({ from, reason, hint }) => [from.model, `${reason ?? ''}; ${hint ?? ''}`]);
    expect(Object.fromEntries(said)).toEqual({
      lfs: expect.stringMatching(/^out\/lfs is a pointer of Git LFS .*git lfs fetch --all/) as string,
      mixed: expect.stringMatching(/^mixed\/weights.bin is a pointer of Git LFS .*--artifacts/) as string,
      dvc: expect.stringMatching(/^out\/dvc is a pointer of DVC .*dvc fetch --all-commits/) as string,
      dir: expect.stringMatching(/^out\/dir is a pointer of DVC .*dvc fetch --all-commits/) as string,
      made: expect.stringMatching(/^out\/made is a pointer of DVC/) as string,
      part: expect.stringMatching(/^part\/weights.bin.dvc says that DVC .*dvc pull.*mreg register/) as string,
    });
    writeFiles(home, {
      [`.git/lfs/objects/${sha?.slice(0, 2) ?? ''}/${sha?.slice(2, 4) ?? ''}/${sha ?? ''}`]: 'heavy',
      [`.dvc/cache/files/md5/${md5?.slice(0, 2) ?? ''}/${md5?.slice(2) ?? ''}`]: 'heavy',
      [`.dvc/cache/files/md5/${folder.slice(0, 2)}/${folder.slice(2)}.dir`]: list,
    });
    const second = await imported(registry, ['gto', home]);
    expect(states(second).map((state) => state.split(' ')[1])).toEqual([
      ...['imported', 'imported', 'imported', 'imported', 'imported'],
      'failed',
    ]);
    expect(registry.read('registry/mixed/versions/v1/version.yaml')).toContain('path: weights.bin\n');
    expect(registry.read('registry/dir/versions/v1/version.yaml')).toContain('path: sub/weights.bin\n');
    expect(registry.read('registry/mixed/versions/v1/version.yaml')).toContain(`sha256:${sha ?? ''}`);
  });

  it('follows no path of a list of DVC out of the folder', async () => {
    const registry = await plain();
    const run = tagged(registry);
    const home = join(registry.home, 'gto');
    const list = JSON.stringify([{ md5: createHash('md5').update('x').digest('hex'), relpath: '../../evil' }]);
    const folder = createHash('md5').update(list).digest('hex');
    writeFiles(home, {
      'artifacts.yaml': 'dir:\n  path: dir\n',
      'dir.dvc': `outs:\n- md5: ${folder}.dir\n  path: dir\n`,
      [`.dvc/cache/files/md5/${folder.slice(0, 2)}/${folder.slice(2)}.dir`]: list,
    });
    run('add', 'artifacts.yaml', 'dir.dvc');
    run('commit', '--quiet', '-m', 'change');
    run('tag', 'dir@v1.0.0');
    expect((await imported(registry, ['gto', home])).versions[0]?.reason).toBe("DVC's list of dir cannot be read");
  });

  it('wants a clone, and tags', async () => {
    const registry = await plain();
    const run = tagged(registry);
    run('commit', '--quiet', '--allow-empty', '-m', 'x');
    expect(await registry.mreg(['import', 'gto', 'https://git.example/x'])).toMatchObject({ code: 2 });
    expect((await registry.mreg(['import', 'gto', '../gto'])).stderr).toContain('no registered models');
  });
});
