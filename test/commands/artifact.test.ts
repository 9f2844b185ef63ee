import { Ajv2020 } from 'ajv/dist/2020.js';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { artifactOutput } from '../../src/report/output-of-writing.ts';
import type { ArtifactOutput } from '../../src/report/output-schemas.ts';
import { writeFiles } from '../support/git.ts';
import { sshSignature } from '../support/people.ts';
import {
  ALL_ROLES,
  makeRegistry,
  makeTeam,
  mustSucceed,
  registerVersion,
  template,
  type Call,
  type TestRegistry,
} from '../support/registry.ts';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<ArtifactOutput>(artifactOutput);
const HOUR_MS = 60 * 60 * 1000;
/** Late enough that nothing in the store is young any more. */
const tomorrow = (): Date => new Date(Date.now() + 25 * HOUR_MS);

/** Runs `mreg artifact … --json` and returns the exit code with the answer, which is what its schema says. */
async function artifact(
  registry: TestRegistry,
  args: readonly string[],
  call?: Call,
): Promise<{ readonly code: number; readonly answer: ArtifactOutput }> {
  const { code, stdout, stderr } = await registry.mreg(['artifact', ...args, '--json'], call);
  const answer: unknown = JSON.parse(stdout);
  if (!validate(answer)) throw new Error(`${stdout}\n${stderr}\n${JSON.stringify(validate.errors)}`);
  return { code, answer };
}

function folderWith(registry: TestRegistry, name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(registry.home, name);
  writeFiles(folder, files);
  return folder;
}

/** Paths of the stored bytes of files. */
function storedBlobs(registry: TestRegistry): readonly string[] {
  const root = join(registry.home, 'store', 'v1', 'blobs');
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function overwrite(file: string, content: string): void {
  chmodSync(file, 0o644);
  writeFileSync(file, content);
}

/** Commits a hand-made change as anybody could who has the clone, or the server's disk. */
function commitByHand(registry: TestRegistry, path: string, edit: (text: string) => string): void {
  registry.write(path, edit(registry.read(path)));
  registry.git('commit', '--quiet', '--no-verify', '-am', 'by hand');
}

describe('mreg artifact push', () => {
  it('stores a folder, tells its digest and uri, and leaves the registry alone', async () => {
    const registry = await makeRegistry();
    const folder = folderWith(registry, 'model', { 'config.json': '{}', 'weights/model.onnx': 'weights' });
    const before = registry.git('rev-parse', 'HEAD');
    const { code, answer } = await artifact(registry, ['push', folder]);
    expect(code).toBe(0);
    expect(answer).toMatchObject({ action: 'push', ok: true, files: 2, size: 9, dryRun: false });
    expect(answer.uri).toBe(`file://${registry.home}/store@${String(answer.digest)}`);
    expect(registry.git('rev-parse', 'HEAD')).toBe(before);
    expect(storedBlobs(registry)).toHaveLength(2);
  });

  it('warns of a pickle, whatever it is called, and tells the format; so does registering it', async () => {
    const registry = await makeRegistry();
    registry.write('model/weights.bin', '\u0080');
    writeFileSync(join(registry.directory, 'model/weights.bin'), Buffer.from([0x80, 4, 0x4e, 0x2e]));
    const { stdout, stderr } = mustSucceed(await registry.mreg(['artifact', 'push', 'model']));
    expect(stderr).toContain('weights.bin (pickle) can run any program');
    expect(stdout).toContain('format  pickle');
    const { answer } = await artifact(registry, ['push', 'model']);
    expect(answer.formats).toEqual([{ path: 'weights.bin', format: 'pickle', runsCode: true }]);
    expect(mustSucceed(await registry.mreg(['register', 'fraud', 'model'])).stderr).toContain('(pickle)');
  });

  it('can be registered by its uri afterwards', async () => {
    const registry = await makeRegistry();
    const { answer } = await artifact(registry, ['push', folderWith(registry, 'model', { a: 'a' })]);
    const made = mustSucceed(await registry.mreg(['register', 'fraud', String(answer.uri), '--json']));
    expect(JSON.parse(made.stdout)).toMatchObject({ reference: 'fraud@v1', digest: answer.digest });
  });

  it('tells the digest and stores nothing in a dry run', async () => {
    const registry = await makeRegistry();
    const folder = folderWith(registry, 'model', { a: 'a' });
    const dry = await artifact(registry, ['push', folder, '--dry-run']);
    expect(storedBlobs(registry)).toEqual([]);
    const real = await artifact(registry, ['push', folder]);
    expect(real.answer.digest).toBe(dry.answer.digest);
  });

  it('takes a path from where -C stands', async () => {
    const registry = await makeRegistry();
    registry.write('out/model.onnx', 'bytes');
    const done = await artifact(registry, ['push', 'out/model.onnx', '-C', registry.directory], { cwd: registry.home });
    expect(done.answer.files).toBe(1);
  });

  it('names the stores there are when it is given another', async () => {
    const registry = await makeRegistry();
    const folder = folderWith(registry, 'model', { a: 'a' });
    const { code, stderr } = await registry.mreg(['artifact', 'push', folder, '--store', 'elsewhere']);
    expect(code).toBe(2);
    expect(stderr).toContain('unknown-store');
    expect(stderr).toContain('(file://');
  });
});

describe('mreg artifact pull', () => {
  it('brings the bytes of the version that a stage points at', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud', { content: 'first' });
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    await registerVersion(registry, 'fraud', { content: 'second' });
    const out = join(registry.home, 'out');
    const { code, answer } = await artifact(registry, ['pull', 'fraud@staging', '-o', out]);
    expect(code).toBe(0);
    expect(answer).toMatchObject({ reference: 'fraud@v1', signedBy: 'ann@example.org', directory: out, files: 1 });
    const [name = ''] = readdirSync(out);
    expect(readFileSync(join(out, name), 'utf8')).toBe('first');
  });

  it('without @ brings the newest version, and to the same folder once more', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    await registerVersion(registry, 'fraud');
    const out = join(registry.home, 'out');
    expect((await artifact(registry, ['pull', 'fraud', '-o', out])).answer.reference).toBe('fraud@v2');
    expect((await artifact(registry, ['pull', 'fraud', '-o', out])).code).toBe(0);
  });

  it('links on request', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    const out = join(registry.home, 'out');
    await artifact(registry, ['pull', 'fraud@v1', '-o', out, '--link']);
    expect(statSync(join(out, readdirSync(out)[0] ?? '')).nlink).toBe(2);
  });

  it('makes nothing in a dry run', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    const out = join(registry.home, 'out');
    const { code, answer } = await artifact(registry, ['pull', 'fraud@v1', '-o', out, '--dry-run']);
    expect([code, answer.dryRun, existsSync(out)]).toEqual([0, true, false]);
  });

  it('leaves a folder alone that holds something else', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    const out = folderWith(registry, 'out', { mine: 'mine' });
    const { code, stderr } = await registry.mreg(['artifact', 'pull', 'fraud@v1', '-o', out]);
    expect(code).toBe(3);
    expect(stderr).toContain('--out');
    expect(readdirSync(out)).toEqual(['mine']);
  });

  it('says that a version is held, and brings it', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    mustSucceed(await registry.mreg(['hold', 'fraud@v1', '-m', 'leaks data']));
    const done = await registry.mreg(['artifact', 'pull', 'fraud@v1', '-o', join(registry.home, 'out')]);
    expect(done.code).toBe(0);
    expect(done.stderr).toContain('fraud@v1 is held: leaks data');
  });

  it('makes no folder when a stored byte has changed, and exits 4', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud', { content: 'good' });
    overwrite(storedBlobs(registry)[0] ?? '', 'evil');
    const out = join(registry.home, 'out');
    const { code, stderr } = await registry.mreg(['artifact', 'pull', 'fraud@v1', '-o', out]);
    expect(code).toBe(4);
    expect(stderr).toContain('integrity');
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(registry.home).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('trusts what somebody signed before their key was removed', async () => {
    const registry = await makeTeam({ people: { ann: ALL_ROLES, bob: ['registrar'] } });
    await registerVersion(registry, 'fraud', { call: { as: registry.person('bob') } });
    mustSucceed(await registry.mreg(['trust', 'remove', 'bob@example.org']));
    const { code, answer } = await artifact(registry, ['pull', 'fraud@v1', '-o', join(registry.home, 'out')]);
    expect([code, answer.signedBy]).toEqual([0, 'bob@example.org']);
  });
});

describe('mreg artifact pull on a clean machine', () => {
  const served = template(async (home) => {
    const registry = await makeRegistry({ home, server: true });
    await registerVersion(registry, 'fraud', { content: 'first' });
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    await registerVersion(registry, 'fraud', { content: 'second' });
    return registry;
  });
  const pull = (registry: TestRegistry, root: string, cwd = registry.home) =>
    registry.mreg(
      ['artifact', 'pull', 'fraud@staging', '-o', 'out', '--registry', registry.server, '--trust-root', root],
      { cwd },
    );

  it('takes the url of the registry and its first trust root, and nothing else', async () => {
    const registry = await served();
    mustSucceed(await pull(registry, registry.root));
    const [name = ''] = readdirSync(join(registry.home, 'out'));
    expect(readFileSync(join(registry.home, 'out', name), 'utf8')).toBe('first');
  });

  it('refuses a registry that begins with another trust root', async () => {
    const registry = await served();
    const { code, stderr } = await pull(registry, `sha256:${'0'.repeat(64)}`);
    expect([code, existsSync(join(registry.home, 'out'))]).toEqual([4, false]);
    expect(stderr).toContain('--trust-root');
  });

  it('refuses a registry whose later trust root nobody of the first has signed', async () => {
    const registry = await served();
    const forged = registry.read('trust/root.yaml').replace('ann@example.org', 'eve@example.org');
    registry.write('trust/root.yaml', forged);
    registry.git('commit', '--quiet', '--no-verify', '-am', 'by hand');
    rmSync(join(registry.server, 'hooks'), { recursive: true });
    registry.git('push', '--quiet', 'origin', 'main');
    expect((await pull(registry, registry.root)).code).toBe(4);
  });

  it('asks for both, and takes no option of git for a url', async () => {
    const registry = await served();
    const words = ['artifact', 'pull', 'fraud@staging', '-o', 'out'];
    for (const flags of [
      ['--registry', registry.server],
      ['--trust-root', registry.root],
      ['--registry=--upload-pack=x', '--trust-root', registry.root],
    ])
      expect((await registry.mreg([...words, ...flags])).code).toBe(2);
  });
});

describe('mreg artifact pull from history that was rewritten', () => {
  it('is refused, and so is looking at the bytes or attesting them', async () => {
    const registry = await makeRegistry({ server: true });
    await registerVersion(registry, 'fraud');
    const kept = registry.git('rev-parse', 'HEAD').trim();
    await registerVersion(registry, 'fraud');
    mustSucceed(await registry.mreg(['verify']));
    registry.git('update-ref', 'refs/remotes/origin/main', kept);
    registry.git('reset', '--quiet', '--hard', kept);
    for (const words of [
      ['artifact', 'pull', 'fraud@v1', '-o', join(registry.home, 'out')],
      ['artifact', 'verify', 'fraud@v1'],
      ['artifact', 'attest', 'fraud@v1'],
    ])
      expect((await registry.mreg(words)).code, words.join(' ')).toBe(4);
  });
});

describe('mreg artifact pull from a tree that somebody tampered with', () => {
  async function tampered(path: string, edit: (text: string, other: string) => string): Promise<TestRegistry> {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud', { content: 'good' });
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    const other = await artifact(registry, ['push', folderWith(registry, 'evil', { m: 'evil' })]);
    commitByHand(registry, path, (text) => edit(text, String(other.answer.digest)));
    return registry;
  }

  const swapDigest = (text: string, other: string): string => text.replaceAll(/sha256:[0-9a-f]{64}(?=")/g, other);

  it.each([
    ['a pointer', 'registry/fraud/stages/staging/stage.yaml', swapDigest, 'bad-signature'],
    ['a version', 'registry/fraud/versions/v1/version.yaml', swapDigest, 'bad-signature'],
    ['a promotion', 'registry/fraud/stages/staging/promotion.yaml', (text: string) => `${text}# x\n`, 'bad-signature'],
    ['a signature', 'registry/fraud/versions/v1/version.yaml.sig', () => '', 'bad-signature'],
  ])('refuses %s', async (_what, path, edit, code) => {
    const registry = await tampered(path, edit);
    const out = join(registry.home, 'out');
    const refused = await registry.mreg(['artifact', 'pull', 'fraud@staging', '-o', out, '--json']);
    expect(refused.code).toBe(4);
    const { error } = JSON.parse(refused.stdout) as { error: { details: { code: string }[] } };
    expect(error.details.map((detail) => detail.code)).toContain(code);
    expect(existsSync(out)).toBe(false);
  });

  it('refuses a signature by a key that was never trusted', async () => {
    const registry = await makeTeam({ people: { ann: ALL_ROLES, bob: ['registrar'] } });
    await registerVersion(registry, 'fraud', { call: { as: registry.person('bob') } });
    mustSucceed(await registry.mreg(['trust', 'remove', 'bob@example.org']));
    // Bob signs another version of the text with the key that nobody trusts any more.
    const path = 'registry/fraud/versions/v1/version.yaml';
    const text = registry.read(path).replace('kind: ModelVersion', 'kind: ModelVersion # mine');
    registry.write(`${path}.sig`, sshSignature(registry.person('bob'), 'mreg.model-version.v1', text));
    commitByHand(registry, path, () => text);
    const refused = await registry.mreg(['artifact', 'pull', 'fraud@v1', '-o', join(registry.home, 'out')]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('unknown-key');
  });

  it('refuses a version that somebody signed who may not register any', async () => {
    const registry = await makeTeam({ people: { ann: ALL_ROLES, eve: ['evaluator'] } });
    await registerVersion(registry, 'fraud');
    const path = 'registry/fraud/versions/v1/version.yaml';
    const text = registry.read(path).replace('kind: ModelVersion', 'kind: ModelVersion # mine');
    registry.write(`${path}.sig`, sshSignature(registry.person('eve'), 'mreg.model-version.v1', text));
    commitByHand(registry, path, () => text);
    const refused = await registry.mreg(['artifact', 'pull', 'fraud@v1', '-o', join(registry.home, 'out')]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('not-authorised');
  });

  it('refuses a pointer that names a validly signed promotion of other bytes', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud', { content: 'one' });
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    const folder = 'registry/fraud/stages/staging';
    const old = [registry.read(`${folder}/promotion.yaml`), registry.read(`${folder}/promotion.yaml.sig`)] as const;
    await registerVersion(registry, 'fraud', { content: 'two' });
    mustSucceed(await registry.mreg(['promote', 'fraud@v2', '--to', 'staging']));
    registry.write(`${folder}/promotion.yaml.sig`, old[1]);
    commitByHand(registry, `${folder}/promotion.yaml`, () => old[0]);
    const refused = await registry.mreg(['artifact', 'pull', 'fraud@staging', '-o', join(registry.home, 'out')]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('spec.promotion');
  });

  it('reads from no store that mreg.yaml does not name', async () => {
    const registry = await makeRegistry();
    const uri = `file:///etc@sha256:${'0'.repeat(64)}`;
    const refused = await registry.mreg(['artifact', 'pull', uri, '-o', join(registry.home, 'out')]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('unknown-store');
  });
});

describe('mreg artifact verify', () => {
  it('finds a stored version whole', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    const { code, answer } = await artifact(registry, ['verify', 'fraud@v1']);
    expect(code).toBe(0);
    expect(answer).toMatchObject({ ok: true, reference: 'fraud@v1', files: 1, problems: [] });
  });

  it('finds changed bytes, by reference and by uri', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud', { content: 'good' });
    overwrite(storedBlobs(registry)[0] ?? '', 'evil');
    const { code, answer } = await artifact(registry, ['verify', 'fraud@v1']);
    expect([code, answer.ok]).toEqual([4, false]);
    expect(answer.problems).toEqual([expect.stringMatching(/^fraud@v1: .*has other bytes: expected sha256:/)]);
    expect((await artifact(registry, ['verify', String(answer.uri)])).code).toBe(4);
  });

  it.each([
    ['bytes', 'blobs', 'is missing'],
    ['manifest', 'manifests', 'there is no artifact'],
  ])('finds that the %s of a version went', async (_what, area, problem) => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    rmSync(join(registry.home, 'store', 'v1', area), { recursive: true });
    const { code, answer } = await artifact(registry, ['verify', 'fraud@v1']);
    expect(code).toBe(4);
    expect(answer.problems?.join()).toContain(problem);
  });

  it('says that a uri is unknown, which is no damage', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    const uri = `file://${registry.home}/store@sha256:${'0'.repeat(64)}`;
    const { code, stderr } = await registry.mreg(['artifact', 'verify', uri]);
    expect(code).toBe(2);
    expect(stderr).toContain('unknown-artifact');
  });

  it('without a reference reads every version, each artifact once, and names the damaged', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud', { content: 'one' });
    await registerVersion(registry, 'risk/score', { content: 'two' });
    const whole = await artifact(registry, ['verify']);
    expect(whole.answer).toMatchObject({ ok: true, files: 2, size: 6, digest: null });
    for (const blob of storedBlobs(registry)) {
      if (readFileSync(blob, 'utf8') === 'two') overwrite(blob, 'ten');
    }
    const { code, answer } = await artifact(registry, ['verify']);
    expect(code).toBe(4);
    expect(answer.problems).toEqual([expect.stringMatching(/^risk\/score@v1: /)]);
  });
});

describe('mreg artifact ls', () => {
  it('tells what is stored and which versions name it', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud', { content: 'same' });
    const { answer: spare } = await artifact(registry, ['push', folderWith(registry, 'spare', { m: 'spare' })]);
    const { answer } = await artifact(registry, ['ls']);
    expect(answer).toMatchObject({ action: 'ls', ok: true, files: 2, size: 9 });
    const named = new Map(answer.artifacts?.map(({ digest, versions }) => [digest, versions]));
    expect(named.get(String(spare.digest))).toEqual([]);
    expect([...named.values()]).toContainEqual(['fraud@v1']);
  });

  it('shows a damaged artifact among the whole ones', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    await registerVersion(registry, 'fraud');
    const manifests = join(registry.home, 'store', 'v1', 'manifests', 'sha256');
    const folder = join(manifests, readdirSync(manifests)[0] ?? '');
    overwrite(join(folder, readdirSync(folder)[0] ?? ''), 'nonsense');
    const { answer } = await artifact(registry, ['ls']);
    expect(answer.ok).toBe(false);
    expect(answer.artifacts?.map(({ size }) => size === null).toSorted()).toEqual([false, true]);
    expect((await registry.mreg(['artifact', 'ls'])).stdout).toContain('damaged');
  });

  it('says how to begin when nothing is stored', async () => {
    const registry = await makeRegistry();
    const { code, stdout } = await registry.mreg(['artifact', 'ls']);
    expect(code).toBe(0);
    expect(stdout).toContain('mreg artifact push');
  });
});

describe('mreg artifact gc', () => {
  /** A registry with one version, and beside it an artifact that no version names. */
  async function withSpare(options: Parameters<typeof makeRegistry>[0] = {}): Promise<TestRegistry> {
    const registry = await makeRegistry(options);
    await registerVersion(registry, 'fraud', { content: 'wanted' });
    await artifact(registry, ['push', folderWith(registry, 'spare', { m: 'spare' })]);
    return registry;
  }

  const contents = (registry: TestRegistry): readonly string[] =>
    storedBlobs(registry)
      .map((blob) => readFileSync(blob, 'utf8'))
      .toSorted();

  it('shows what it would remove, and removes nothing', async () => {
    const registry = await withSpare();
    const { code, answer } = await artifact(registry, ['gc'], { now: tomorrow });
    expect(code).toBe(0);
    expect(answer).toMatchObject({ files: 1, size: 5, dryRun: true });
    expect(answer.artifacts).toHaveLength(1);
    expect(answer.warnings?.join()).toContain('--also');
    expect(contents(registry)).toEqual(['spare', 'wanted']);
    const { stdout } = await registry.mreg(['artifact', 'gc'], { now: tomorrow });
    expect(stdout).toContain('would remove 1 artifact, 1 file: 5 B');
  });

  it('removes it with --delete, and what versions name stays whole', async () => {
    const registry = await withSpare();
    const { answer } = await artifact(registry, ['gc', '--delete'], { now: tomorrow });
    expect(answer).toMatchObject({ files: 1, size: 5, dryRun: false });
    expect(contents(registry)).toEqual(['wanted']);
    expect((await artifact(registry, ['verify'])).code).toBe(0);
    expect((await artifact(registry, ['gc'], { now: tomorrow })).answer.files).toBe(0);
  });

  it('removes nothing with --delete and --dry-run together', async () => {
    const registry = await withSpare();
    await artifact(registry, ['gc', '--delete', '--dry-run'], { now: tomorrow });
    expect(contents(registry)).toEqual(['spare', 'wanted']);
  });

  it('keeps what is young: its version may be about to be committed', async () => {
    const registry = await withSpare();
    expect((await artifact(registry, ['gc', '--delete'])).answer.files).toBe(0);
    expect(contents(registry)).toEqual(['spare', 'wanted']);
  });

  it('asks on a terminal, and takes silence for no', async () => {
    const registry = await withSpare();
    const asked = { now: tomorrow, answers: [''] };
    const { code, stderr } = await registry.mreg(['artifact', 'gc', '--delete'], asked);
    expect([code, stderr]).toEqual([1, expect.stringContaining('nothing was removed')]);
    expect(contents(registry)).toEqual(['spare', 'wanted']);
    mustSucceed(await registry.mreg(['artifact', 'gc', '--delete'], { ...asked, answers: ['y'] }));
    expect(contents(registry)).toEqual(['wanted']);
  });

  it.each([
    ['another branch', ['branch', 'kept']],
    ['a tag', ['tag', 'kept']],
    ['an annotated tag', ['tag', '-m', 'kept', 'kept']],
  ])('keeps what a version names that only %s holds', async (_where, command) => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud', { content: 'wanted' });
    registry.git(...command);
    registry.git('reset', '--quiet', '--hard', 'HEAD~1');
    await artifact(registry, ['gc', '--delete'], { now: tomorrow });
    expect(contents(registry)).toEqual(['wanted']);
    registry.git(command[0] ?? '', '-d', ...(command[0] === 'branch' ? ['--force'] : []), 'kept');
    await artifact(registry, ['gc', '--delete'], { now: tomorrow });
    expect(contents(registry)).toEqual([]);
  });

  it('keeps what evidence names', async () => {
    const registry = await withSpare();
    const { answer } = await artifact(registry, ['push', join(registry.home, 'spare')]);
    const attachments = [{ name: 'report', digest: answer.digest, uri: answer.uri }];
    const call = { stdin: JSON.stringify({ metrics: { auc: 0.9 }, attachments }) };
    mustSucceed(await registry.mreg(['evidence', 'add', 'fraud@v1', '-', '--kind', 'offline'], call));
    expect((await artifact(registry, ['gc'], { now: tomorrow })).answer.files).toBe(0);
  });

  it('keeps a model that is called like a folder of the layout', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'holds/evidence', { content: 'wanted' });
    expect((await artifact(registry, ['gc'], { now: tomorrow })).answer.files).toBe(0);
  });

  it('fetches first, to keep what somebody else registered meanwhile', async () => {
    const registry = await makeRegistry({ server: true });
    const other = join(registry.home, 'other');
    registry.git('clone', '--quiet', registry.server, other);
    await registerVersion(registry, 'fraud', { content: 'wanted', call: { cwd: other } });
    const blind = await artifact(registry, ['gc', '--no-push'], { now: tomorrow });
    expect(blind.answer.files).toBe(1);
    expect(blind.answer.warnings?.join()).toContain('Nothing was fetched');
    expect((await artifact(registry, ['gc'], { now: tomorrow })).answer.files).toBe(0);
  });

  it('refuses when a remote cannot say what it holds', async () => {
    const registry = await withSpare({ server: true });
    rmSync(registry.server, { recursive: true });
    const { code, stderr } = await registry.mreg(['artifact', 'gc', '--delete'], { now: tomorrow });
    expect([code, stderr]).toEqual([3, expect.stringContaining('--no-push')]);
    expect(contents(registry)).toEqual(['spare', 'wanted']);
  });

  it('keeps what another registry names, given with --also', async () => {
    const [registry, other] = [await makeRegistry(), await makeRegistry()];
    // The other registry keeps its artifacts in a store of its own; the same bytes are pushed to this one.
    await registerVersion(other, 'fraud', { content: 'shared' });
    const out = join(registry.home, 'out');
    await artifact(other, ['pull', 'fraud@v1', '-o', out]);
    await artifact(registry, ['push', out]);
    expect((await artifact(registry, ['gc'], { now: tomorrow })).answer.files).toBe(1);
    const together = await artifact(registry, ['gc', '--also', other.directory], { now: tomorrow });
    expect(together.answer).toMatchObject({ files: 0, warnings: [] });
  });

  it('refuses a folder in --also that is no registry', async () => {
    const registry = await withSpare();
    const { code, stderr } = await registry.mreg(['artifact', 'gc', '--also', registry.home], { now: tomorrow });
    expect([code, stderr]).toEqual([3, expect.stringContaining('not-a-registry')]);
  });

  it('removes nothing while a kept manifest cannot be read', async () => {
    const registry = await withSpare();
    const { answer } = await artifact(registry, ['verify', 'fraud@v1']);
    const hex = String(answer.digest).slice('sha256:'.length);
    const manifest = join(registry.home, 'store', 'v1', 'manifests', 'sha256', hex.slice(0, 2), hex);
    overwrite(manifest, 'nonsense');
    const { code } = await registry.mreg(['artifact', 'gc', '--delete'], { now: tomorrow });
    expect(code).toBe(4);
    expect(contents(registry)).toEqual(['spare', 'wanted']);
  });
});
