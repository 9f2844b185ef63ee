import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSignature } from '../../src/signing/sshsig.ts';
import { makePerson } from '../support/people.ts';
import { makeRegistry, registerVersion, template, type Outcome, type TestRegistry } from '../support/registry.ts';

const STAGE = 'registry/fraud/stages/dev/stage.yaml';

/** Two versions, the second in dev, and a pod: a directory without git, with the stage file and a list of signers. */
const ready = template(async (home) => {
  const registry = await makeRegistry({ home });
  await registerVersion(registry, 'fraud', { content: 'first' });
  await registerVersion(registry, 'fraud', { content: 'second' });
  const pod = join(home, 'pod');
  mkdirSync(pod);
  for (const name of ['stage.yaml', 'stage.yaml.sig'])
    cpSync(join(registry.directory, STAGE, '..', name), join(pod, name));
  cpSync(join(registry.directory, 'trust', 'allowed_signers'), join(pod, 'allowed_signers'));
  return registry;
});

function podOf(registry: TestRegistry): string {
  // The copy's store lies elsewhere than the template's, whose path is signed: the pod reads the template's.
  return join(registry.home, 'pod');
}

function registryId(registry: TestRegistry): string {
  return /registry: (\S+)/.exec(registry.read(STAGE))?.[1] ?? '';
}

function pull(registry: TestRegistry, ...flags: readonly string[]): Promise<Outcome> {
  const words = ['artifact', 'pull', '--stage-file', 'stage.yaml', '--out', 'model'];
  const trust = ['--allowed-signers', 'allowed_signers', '--registry-id', registryId(registry)];
  return registry.mreg([...words, ...trust, ...flags], { cwd: podOf(registry) });
}

function edit(registry: TestRegistry, name: string, change: (text: string) => string): void {
  const file = join(podOf(registry), name);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

async function sign(registry: TestRegistry, as = registry.person('ann'), namespace = 'mreg.stage.v1'): Promise<void> {
  const bytes = readFileSync(join(podOf(registry), 'stage.yaml'));
  writeFileSync(join(podOf(registry), 'stage.yaml.sig'), await createSignature(as.signer, namespace, bytes));
}

function digestIn(registry: TestRegistry): string {
  return /^ {2}digest: "(sha256:[0-9a-f]{64})"/m.exec(registry.read(STAGE))?.[1] ?? '';
}

function expectNothingPulled(registry: TestRegistry, { code, stderr }: Outcome, said: string): void {
  expect(stderr).toContain(said);
  expect(code).toBe(4);
  expect(existsSync(join(podOf(registry), 'model'))).toBe(false);
}

describe('mreg artifact pull --stage-file, where no registry is', () => {
  it('brings the bytes that the signed file names, of the champion or of a slot, and names the signer', async () => {
    const registry = await ready();
    const { code, stdout } = await pull(registry, '--json', '--digest', digestIn(registry));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ action: 'pull', reference: 'fraud@v2', signedBy: 'ann@example.org' });
    const [file = ''] = readdirSync(join(podOf(registry), 'model'));
    expect(readFileSync(join(podOf(registry), 'model', file), 'utf8')).toBe('second');
    const champion = /champion: (\S+)/.exec(registry.read(STAGE))?.[1];
    const other = await pull(registry, '--slot', champion === 'blue' ? 'green' : 'blue', '--out', 'other', '--json');
    expect(JSON.parse(other.stdout)).toMatchObject({ reference: 'fraud@v1' });
  });

  it('is done already when a pod starts again with the bytes in place', async () => {
    const registry = await ready();
    await pull(registry);
    expect((await pull(registry)).code).toBe(0);
  });

  it('pulls nothing by a file that was changed after it was signed', async () => {
    const registry = await ready();
    edit(registry, 'stage.yaml', (text) => text.replace('model: fraud', 'model: freud'));
    expectNothingPulled(registry, await pull(registry), 'bad-signature');
  });

  it('pulls nothing by a file without a signature', async () => {
    const registry = await ready();
    rmSync(join(podOf(registry), 'stage.yaml.sig'));
    expectNothingPulled(registry, await pull(registry), 'missing-signature');
  });

  it('pulls nothing by a file that somebody else signed', async () => {
    const registry = await ready();
    await sign(registry, await makePerson(registry.home, 'mallory@example.org'));
    expectNothingPulled(registry, await pull(registry), 'unknown-key');
  });

  it('pulls nothing by a signature that was made for another purpose, or by a key listed for another', async () => {
    const registry = await ready();
    await sign(registry, registry.person('ann'), 'mreg.approval.v1');
    expectNothingPulled(registry, await pull(registry), 'bad-signature');
    await sign(registry);
    edit(registry, 'allowed_signers', (text) => text.replaceAll('"git,mreg.*"', '"git,mreg.hold.v1"'));
    expectNothingPulled(registry, await pull(registry), 'unknown-key');
  });

  it('pulls nothing by a file of another registry, though the same person signed it', async () => {
    const registry = await ready();
    edit(registry, 'stage.yaml', (text) => text.replace(/registry: \S+/, 'registry: other-0123456789ab'));
    await sign(registry);
    expectNothingPulled(registry, await pull(registry), 'wrong-registry');
  });

  it('pulls nothing where the manifest of the pod says another version than its file', async () => {
    const registry = await ready();
    expectNothingPulled(registry, await pull(registry, '--digest', `sha256:${'0'.repeat(64)}`), 'checks');
  });

  it('pulls nothing where the store holds other bytes', async () => {
    const registry = await ready();
    const uri = /^ {2}uri: "file:\/\/(.*)@sha256/m.exec(registry.read(STAGE))?.[1] ?? '';
    const blobs = readdirSync(uri, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of blobs) {
      const file = join(parentPath, name);
      if (readFileSync(file, 'utf8') !== 'second') continue;
      chmodSync(file, 0o644);
      writeFileSync(file, 'secohd');
    }
    const outcome = await pull(registry);
    for (const { parentPath, name } of blobs) {
      const file = join(parentPath, name);
      if (readFileSync(file, 'utf8') === 'secohd') writeFileSync(file, 'second');
    }
    expect(outcome.code).toBe(4);
    expect(existsSync(join(podOf(registry), 'model'))).toBe(false);
  });

  it.each([
    [['--stage-file', 'stage.yaml', '--allowed-signers', 'allowed_signers'], '--registry-id'],
    [['fraud@dev', '--stage-file', 'stage.yaml'], 'not both'],
    [['fraud@dev', '--slot', 'blue'], 'not both'],
    [[], 'expected a reference'],
  ])('refuses %j', async (flags, said) => {
    const registry = await ready();
    const outcome = await registry.mreg(['artifact', 'pull', '--out', 'model', ...flags], { cwd: podOf(registry) });
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(said);
  });

  it('reads no list of signers that says more than who may sign what', async () => {
    const registry = await ready();
    edit(registry, 'allowed_signers', (text) => `${text}* cert-authority ssh-ed25519 AAAA\n`);
    const { code, stderr } = await pull(registry);
    expect(code).toBe(2);
    expect(stderr).toContain('allowed_signers:');
  });
});

describe('mreg artifact pull --stage-file, in a registry', () => {
  it('believes the trust root, and no list', async () => {
    const registry = await ready();
    const words = ['artifact', 'pull', '--stage-file', STAGE, '--out', join(registry.home, 'here')];
    expect((await registry.mreg(words)).code).toBe(0);
    registry.write(STAGE, registry.read(STAGE).replace('model: fraud', 'model: freud'));
    const tampered = await registry.mreg([...words.slice(0, -1), join(registry.home, 'there')]);
    expect(tampered).toMatchObject({ code: 4 });
    expect(tampered.stderr).toContain('bad-signature');
  });
});
