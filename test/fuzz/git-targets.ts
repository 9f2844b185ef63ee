import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invalidateCacheTree } from '../../src/git/cache-tree.ts';
import { readAnswers } from '../../src/git/cat-file-answers.ts';
import { addSignature, formatCommit, parseCommit } from '../../src/git/commit-object.ts';
import { parseConfigList } from '../../src/git/config.ts';
import { checksumOf, editIndex } from '../../src/git/index-edit.ts';
import { countOf, isSkipped, offsetOf, parseIndex, pathOf, positionOf } from '../../src/git/index-file.ts';
import { parsePushLines } from '../../src/git/push-lines.ts';
import { parsePushReport, remoteText } from '../../src/git/push-report.ts';
import type { StoredObject } from '../../src/git/stored-object.ts';
import { formatTree, parseTree } from '../../src/git/tree-object.ts';
import { diceOf } from './mutation.ts';
import { mustHold, textSeeds, type FuzzTarget } from './target.ts';

const OID = '12'.repeat(20);
const OTHER = 'ab'.repeat(20);
const AT = new Date('2026-01-04T10:00:00Z');
const ARMOUR = '-----BEGIN SSH SIGNATURE-----\nAAAA\nBBBB\n-----END SSH SIGNATURE-----\n';

const PAYLOADS = [[], [OID], [OID, OTHER]].map((parents) =>
  formatCommit({
    tree: OTHER,
    parents,
    message: 'Promote fraud@v7 to prod\n\nWhy not.\n\nMreg-Model: fraud\nSigned-off-by: Ann <ann@example.org>\n',
    author: { name: 'Ann', email: 'ann@example.org' },
    at: AT,
  }),
);

const commit: FuzzTarget = {
  name: 'commit',
  seeds: [...PAYLOADS, ...PAYLOADS.map((payload) => addSignature(payload, ARMOUR))],
  tokens: [
    ...[`tree ${OID}\n`, `parent ${OID}\n`, 'author A <a@b> 1 +0000\n', 'committer A <a@b> 99999999999999 +0000\n'],
    ...['gpgsig ', 'gpgsig-sha256 x\n', 'mergetag x\n y\n', 'encoding latin1\n', '\n ', '\n\n', ...ARMOUR.split('\n')],
    ...['<', '>', ' <', '> ', '-', '\0', 'Key: value\n', ' \n'],
  ],
  run: (bytes) => {
    const facts = parseCommit(Buffer.from(bytes), OID);
    if (facts.signature === undefined) return;
    // Attack: what is signed says something else than what is read.
    const { signature: _, ...read } = facts;
    const { signature, ...signed } = parseCommit(Buffer.from(facts.signature.payload), OID);
    mustHold(signature === undefined, 'what is signed has no signature inside');
    mustHold(JSON.stringify(signed) === JSON.stringify(read), 'what is signed says what is read');
  },
};

function entry(mode: string, name: string) {
  return { mode, rawName: Buffer.from(name), oid: OID };
}

const tree: FuzzTarget = {
  name: 'tree',
  seeds: [
    formatTree([entry('100644', 'mreg.yaml'), entry('40000', 'registry'), entry('40000', 'trust')]),
    formatTree([entry('100644', 'a'), entry('100755', 'a.b'), entry('40000', 'b'), entry('120000', 'ü')]),
  ],
  tokens: [
    '40000 ',
    '100644 ',
    '160000 ',
    '040000 ',
    'a\0',
    '.git\0',
    '..\0',
    Buffer.alloc(20),
    Buffer.alloc(20, 0x20),
  ],
  run: (bytes) => {
    mustHold(formatTree(parseTree(Buffer.from(bytes), OID)).equals(bytes), 'a tree has one spelling');
  },
};

const answers: FuzzTarget = {
  name: 'cat-file-answers',
  seeds: textSeeds([`${OID} blob 3\nabc\n${OTHER} missing\n${OTHER} commit 5\nhello\n${OID} tree 0\n\n`]),
  tokens: [
    `${OID} blob 4\n`,
    `${OTHER} missing\n`,
    'x ambiguous\n',
    ' 99999999999999999999\n',
    'blob 1e9\n',
    ' tree -1\n',
  ],
  run: (bytes) => {
    const whole = answersOf([Buffer.from(bytes)]);
    mustHold(JSON.stringify(answersOf(inPieces(Buffer.from(bytes)))) === JSON.stringify(whole), 'pieces do not matter');
  },
};

/** Every third question asks for less than there is, or for no content. */
function answersOf(pieces: readonly Buffer[]): readonly (StoredObject | undefined)[] {
  const found: (StoredObject | undefined)[] = [];
  const question = () => {
    const verb = found.length % 3 === 1 ? ('info' as const) : ('contents' as const);
    return { verb, maxBytes: found.length % 3 === 2 ? 4 : 65_536 };
  };
  const reader = readAnswers({ question, answer: (answer) => void found.push(answer) });
  for (const piece of pieces) reader.push(piece);
  return found;
}

function inPieces(bytes: Buffer): readonly Buffer[] {
  const dice = diceOf(bytes.length);
  const pieces: Buffer[] = [];
  for (let left = bytes; left.length > 0; left = left.subarray(pieces.at(-1)?.length)) {
    pieces.push(left.subarray(0, 1 + dice.roll(dice.pick([2, 50, 5_000]))));
  }
  return pieces;
}

const pushLines: FuzzTarget = {
  name: 'push-lines',
  seeds: textSeeds([
    `${OID} ${OTHER} refs/heads/main\n`,
    `${'0'.repeat(40)} ${OTHER} refs/heads/ü\n${OID} ${'0'.repeat(40)} refs/tags/v1\n`,
  ]),
  tokens: [`${OID} `, '0'.repeat(40), 'refs/heads/', 'refs/replace/', ' ', '\n', `${OID} ${OTHER} refs/x\n`],
  run: (bytes) => {
    const reading = parsePushLines(bytes);
    if (!reading.ok) return;
    const zero = '0'.repeat(40);
    const lines = reading.value.map((move) => `${move.old ?? zero} ${move.new ?? zero} ${move.ref}\n`).join('');
    mustHold(lines === Buffer.from(bytes).toString('utf8'), 'every ref is judged, and under its own name');
  },
};

const index: FuzzTarget = {
  name: 'index',
  seeds: [realIndex()],
  tokens: ['DIRC', 'TREE', 'REUC', 'EOIE', 'link', 'sdir', 'a/b\0', Uint8Array.of(0x40, 0), Uint8Array.of(0x0f, 0xff)],
  run: (bytes) => {
    const parsed = parseIndex(Buffer.from(bytes), 1_700_000_000);
    if (parsed === undefined) return;
    for (let position = 0; position < Math.min(countOf(parsed), 1000); position += 1) {
      pathOf(parsed, position);
      isSkipped(parsed, offsetOf(parsed, position));
    }
    positionOf(parsed, Buffer.from('a/b'));
    const wanted = { mode: '100644', oid: OTHER };
    const edits = [
      { path: 'a/new', entry: wanted, times: undefined },
      { path: 'b', entry: undefined, times: undefined },
    ];
    const parts = editIndex(parsed, edits);
    if (parts !== undefined) checksumOf(parts);
  },
};

/** An index of git's own making, the cache of trees included. */
function realIndex(): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'mreg-fuzz-'));
  const env = { PATH: process.env['PATH'], HOME: directory, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@e', ...args], { cwd: directory, env, stdio: 'pipe' });
  };
  try {
    git('init', '--quiet');
    for (const name of ['a', 'a/c', 'd']) mkdirSync(join(directory, name), { recursive: true });
    for (const name of ['a/b', 'a/c/e', 'b', 'd/ü']) writeFileSync(join(directory, name), name);
    git('add', '--all');
    git('commit', '--quiet', '--message', 'x');
    return readFileSync(join(directory, '.git', 'index'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const cacheTree: FuzzTarget = {
  name: 'cache-tree',
  seeds: [
    Buffer.concat([
      ...[Buffer.from('\x004 2\n'), Buffer.alloc(20, 1), Buffer.from('a\x002 1\n'), Buffer.alloc(20, 2)],
      ...[Buffer.from('c\x001 0\n'), Buffer.alloc(20, 3), Buffer.from('d\0-1 0\n')],
    ]),
  ],
  tokens: ['\x001 0\n', '\0-1 1\n', 'a\0', ' ', '\n', '999999999', Buffer.alloc(20)],
  run: (bytes) => invalidateCacheTree(Buffer.from(bytes), ['a/c/e', 'b', 'a/new/x']),
};

const pushReport: FuzzTarget = {
  name: 'push-report',
  seeds: textSeeds([
    'To /srv/registry.git\n*\trefs/heads/main:refs/heads/main\t[new branch]\nDone\n',
    '!\trefs/heads/main:refs/heads/main\t[remote rejected] (pre-receive hook declined)\nremote: mreg: refused\n',
  ]),
  tokens: ['remote: ', '!\t', '=\t', ':', '\t', '[rejected]', '[no match]', '\n', 'refs/heads/main'],
  run: (bytes) => {
    const said = Buffer.from(bytes).toString('utf8');
    return remoteText(said, parsePushReport(said));
  },
};

const config: FuzzTarget = {
  name: 'config-list',
  seeds: textSeeds(['core.bare\nfalse\0mreg.root\nsha256:12\0remote.a.b.url\nx\ny\0extensions.x\0']),
  tokens: ['\0', '\n', '.', 'remote.', '.url\n', '__proto__\nx\0', 'mreg.root\n'],
  run: (bytes) => parseConfigList(Buffer.from(bytes).toString('utf8')),
};

/** Readers of what git stores and says. */
export const GIT_TARGETS: readonly FuzzTarget[] = [
  ...[commit, tree, answers, pushLines, index, cacheTree, pushReport, config],
];
