import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeScan } from '../../src/commands/scan-run.ts';
import type { Outside } from '../../src/commands/outside.ts';
import { OUTPUT_SCHEMAS, type ScanOutput } from '../../src/report/output-schemas.ts';
import { sarifOf } from '../../src/report/sarif.ts';
import { scanJson } from '../../src/report/scan.ts';
import { findingsOf, scanEvidence, type ScanResult } from '../../src/scan/scan-result.ts';
import { makeRegistry, mustSucceed, template } from '../support/registry.ts';

// In pieces, so that no scanner of this repository finds them.
const TOKEN = ['hf_', 'abcdefghijklmnopqrstuvwxyzABCDEFGH'].join('');
const SLACK = ['xoxb', '123456789012', '1234567890123', 'abcDEF123456abcDEF123456'].join('-');
const SYSTEM = "cos\nsystem\n(S'true'\ntR.";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mreg-scan-test-'));
  mkdirSync(path.join(folder, 'model'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mreg scan', () => {
  it('finds secrets in texts and in binary files, and says where and never what', async () => {
    write('a/env', `x\n${TOKEN}\n`);
    write('b.bin', Buffer.concat([Buffer.alloc(64), Buffer.from(SLACK), Buffer.alloc(64)]));
    write('c.txt', Buffer.from(`\ufeff\n\n${SLACK}`, 'utf16le'));
    const result = await scanned();
    expect(result.counted.map(({ rule, path: file, line }) => [rule, file, line])).toEqual([
      ['hugging-face-token', 'a/env', 2],
      ['slack/SLACK_TOKEN', 'b.bin', undefined],
      ['slack/SLACK_TOKEN', 'c.txt', 3],
    ]);
    for (const told of [scanJson(result, null), sarifOf(result), scanEvidence(result)]) {
      expect(JSON.stringify(told)).not.toContain(TOKEN.slice(3));
      expect(JSON.stringify(told)).not.toContain(SLACK.slice(5));
    }
  });

  it('finds a secret that lies across the windows that a large file is read in, once', async () => {
    write('large.txt', `${'text \n'.repeat(87_379)}${TOKEN}\n${'text \n'.repeat(90_000)}`);
    const { counted } = await scanned();
    expect(counted.map(({ line }) => line)).toEqual([87_380]);
  });

  it('counts what holds pickles and what is unsafe', async () => {
    write('a.pkl', SYSTEM);
    write('text-without-a-name', SYSTEM);
    write('words.txt', 'cat\ndog\nparrot\n');
    write('b.pkl', '(lp0\n.');
    write('cut.pkl', '(lp0\n');
    expect(findingsOf(await scanned()).serialisation).toEqual({ pickle: 4, unsafe: 3 });
  });

  it.each([
    ['a bomb', () => gzipSync(Buffer.alloc(80 * 1024 * 1024)), 'two hundred times'],
    ['a zip file that is cut', () => zipOf('a.txt', Buffer.from('text')).subarray(0, 40), 'without an end'],
    ['damaged packing', () => zipOf('a.txt', Buffer.from('text'), { packed: Buffer.from([7, 7, 7, 7]) }), 'damaged'],
    ['another name in the header', () => zipOf('a.txt', Buffer.from('text'), { inner: 'b.txt' }), 'called otherwise'],
    ['a format that is not read', () => Buffer.from('fd377a585a000000', 'hex'), 'format xz'],
  ])('does not look into %s, and says so', async (_, make, why) => {
    write('file.gz', make());
    const result = await scanned();
    expect(result.counted.map(({ message }) => message).join()).toContain(why);
    expect(findingsOf(result).serialisation?.unsafe).toBe(1);
  });

  it('finds a pickle in a zip file that something else stands before', async () => {
    write('image.gif', Buffer.concat([Buffer.from('GIF8'), zipOf('data.pkl', Buffer.from(SYSTEM), { shift: 4 })]));
    expect((await scanned()).counted.map(({ rule }) => rule)).toEqual(['unsafe-pickle']);
  });

  it('follows no link, and tells of one that leads outside', async () => {
    write('real.txt', 'text');
    symlinkSync('real.txt', path.join(folder, 'model/inside'));
    symlinkSync('/etc/hosts', path.join(folder, 'model/outside'));
    symlinkSync('loop', path.join(folder, 'model/loop'));
    const { counted } = await scanned();
    expect(counted.map(({ path: file }) => file).toSorted()).toEqual(['loop', 'outside']);
  });

  it('does not count what is allowed with a reason, and tells it', async () => {
    write('a.pkl', SYSTEM);
    const result = await scanned({ allow: ['unsafe-*:a.pkl loaded in a sandbox'] });
    expect(result.counted).toEqual([]);
    expect(scanEvidence(result).note).toContain('allowed: unsafe-pickle in a.pkl: loaded in a sandbox');
    expect(JSON.stringify(sarifOf(result))).toContain('"justification":"loaded in a sandbox"');
  });

  it('does not obey a list of exceptions that lies in what is scanned', async () => {
    write('a.pkl', SYSTEM);
    write('.mregscanignore', 'unsafe-pickle:* trust me');
    expect((await scanned()).counted).toHaveLength(1);
  });

  it('refuses to allow without a reason', async () => {
    await expect(scanned({ allow: ['unsafe-pickle:a.pkl'] })).rejects.toMatchObject({ code: 'usage' });
  });

  it('counts vulnerabilities only where a snapshot and every version are known', async () => {
    write('requirements.txt', 'numpy==1.0\n');
    expect(findingsOf(await scanned())).not.toHaveProperty('vulnerabilities');
    write('../osv/1.json', JSON.stringify(RECORD));
    const none = { critical: 0, high: 1, medium: 0, low: 0 };
    expect(findingsOf(await scanned({ osv: 'osv' })).vulnerabilities).toEqual(none);
    write('requirements.txt', 'numpy==1.0\ntorch\n');
    expect(findingsOf(await scanned({ osv: 'osv' }))).not.toHaveProperty('vulnerabilities');
    write('requirements.txt', 'numpy==1.0\n');
    write('package-lock.json', '{');
    expect(findingsOf(await scanned({ osv: 'osv' }))).not.toHaveProperty('vulnerabilities');
  });

  it('does not count a vulnerability that is allowed', async () => {
    write('requirements.txt', 'numpy==1.0\n');
    write('../osv.zip', zipOf('1.json', Buffer.from(JSON.stringify(RECORD))));
    const result = await scanned({ osv: 'osv.zip', allow: ['GHSA-1:requirements.txt not reachable'] });
    expect(findingsOf(result).vulnerabilities).toEqual({ critical: 0, high: 0, medium: 0, low: 0 });
  });

  it('refuses a snapshot without records', async () => {
    write('requirements.txt', 'numpy==1.0\n');
    write('../osv/readme.txt', 'nothing');
    await expect(scanned({ osv: 'osv' })).rejects.toMatchObject({ code: 'bad-file' });
    write('../osv/1.json', '{}');
    await expect(scanned({ osv: 'osv' })).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('names licences, and that of packages which say none', async () => {
    expect(findingsOf(await scanned())).not.toHaveProperty('licences');
    write('LICENSE', 'Permission is hereby granted, free of charge, to any person obtaining a copy');
    write('requirements.txt', 'numpy==1.0\n');
    expect(findingsOf(await scanned()).licences).toEqual(['MIT', 'NOASSERTION']);
    write('../list.json', JSON.stringify([{ Name: 'numpy', License: 'BSD License' }]));
    expect(findingsOf(await scanned({ licences: 'list.json' })).licences).toEqual(['BSD-3-Clause', 'MIT']);
  });

  it('refuses a path that is not there', async () => {
    rmSync(path.join(folder, 'model'), { recursive: true });
    await expect(scanned()).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('writes SARIF whose results name rules that it declares', async () => {
    write('a b.pkl', SYSTEM);
    const sarif = sarifOf(await scanned());
    expect(sarif).toMatchObject({
      version: '2.1.0',
      runs: [{ tool: { driver: { rules: [{ id: 'unsafe-pickle' }] } } }],
    });
    const location = { physicalLocation: { artifactLocation: { uri: 'a%20b.pkl' } } };
    expect(sarif).toMatchObject({ runs: [{ results: [{ ruleId: 'unsafe-pickle', locations: [location] }] }] });
  });
});

const registryWithVersions = template(async (home) => {
  const registry = await makeRegistry({ home });
  for (const content of ['good', SYSTEM]) {
    const artifact = path.join(home, 'model.pkl');
    writeFileSync(artifact, content);
    mustSucceed(await registry.mreg(['register', 'fraud', artifact]));
  }
  return registry;
});

describe('a scan of an artifact', { timeout: 60_000 }, () => {
  it('is attached to the version that holds the artifact, and to no other', async () => {
    const registry = await registryWithVersions();
    const { code, stdout } = await registry.mreg(['scan', 'fraud@v2', '--attach', 'fraud@v2', '--json']);
    const found = JSON.parse(stdout) as ScanOutput;
    expect(code).toBe(1);
    expect(new Ajv2020({ strict: false }).compile(OUTPUT_SCHEMAS['scan'] ?? {})(found)).toBe(true);
    expect(found).toMatchObject({ findings: { secrets: 0, serialisation: { pickle: 1, unsafe: 1 } } });
    const evidence = readFileSync(path.join(registry.directory, found.attached?.path ?? ''), 'utf8');
    expect(evidence).toContain('mreg scan fraud@v2');
    expect(evidence).toContain(`subject: "${found.digest ?? ''}"`);
    mustSucceed(await registry.mreg(['verify']));
    const crossed = await registry.mreg(['scan', 'fraud@v1', '--attach', 'fraud@v2', '--json']);
    expect(crossed).toMatchObject({ code: 2 });
    expect(crossed.stdout).toContain('is the artifact sha256:');
  });
});

const RECORD = {
  id: 'GHSA-1',
  affected: [{ package: { ecosystem: 'PyPI', name: 'numpy' }, versions: ['1.0'] }],
};

function write(name: string, content: string | Uint8Array): void {
  const file = path.join(folder, 'model', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

async function scanned(flags: Parameters<typeof takeScan>[1] = {}): Promise<ScanResult> {
  const outside = { cwd: folder, version: '0.0.0', stderrIsTerminal: false, interrupted: new AbortController().signal };
  const target = { folder: path.join(folder, 'model'), source: 'model', digest: undefined };
  return takeScan(outside as unknown as Outside, flags, target);
}

/** A zip file with one member; `shift` is the length of what will stand before it. */
function zipOf(
  name: string,
  content: Uint8Array,
  { inner = name, shift = 0, packed = deflateRawSync(content) } = {},
): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(inner.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt32LE(shift, 42);
  const body = Buffer.concat([local, Buffer.from(inner), packed]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(body.length + shift, 16);
  return Buffer.concat([body, entry, Buffer.from(name), end]);
}
