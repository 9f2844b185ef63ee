import { MregError, assert } from '../documents/error.ts';
import type { CommitFacts } from '../registry/snapshot.ts';
import { isOid } from './object-id.ts';
import type { CommitDraft } from './port.ts';

interface Header {
  readonly key: string;
  readonly value: string;
  /** Where the header's bytes begin and end, its line feed included. */
  readonly start: number;
  readonly end: number;
}

/** Headers of which git reads one and another tool might read another. */
const SINGLE = ['tree', 'author', 'committer', 'gpgsig', 'gpgsig-sha256', 'encoding'];
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/=]+\n)+-----END SSH SIGNATURE-----\n?$/;
const LF = 0x0a;
const INDENT = 0x20;

/**
 * Reads a raw commit. Throws MregError('integrity') where its headers could be read in two ways: out of git's order, or
 * one of them twice. The payload is what git hands to the verifier: the bytes without the signature headers.
 */
export function parseCommit(bytes: Buffer, oid: string): CommitFacts {
  const { headers, bodyStart } = readHeaders(bytes, oid);
  const parents = checkOrder(headers, oid);
  const message = bytes.toString('utf8', bodyStart);
  const author = parsePerson(valueOf(headers, 'author'), oid);
  const committer = parsePerson(valueOf(headers, 'committer'), oid);
  return {
    oid,
    tree: valueOf(headers, 'tree'),
    parents,
    subject: subjectOf(message),
    trailers: parseTrailers(message),
    author: { name: author.name, email: author.email },
    committedAt: committer.at,
    signature: signatureOf(bytes, headers),
  };
}

/** Writes the commit that `draft` describes, unsigned: the exact bytes that a signature covers. */
export function formatCommit(draft: CommitDraft): Buffer {
  assert(!draft.message.includes('\0'), 'a commit message holds no NUL');
  const seconds = String(Math.floor(draft.at.getTime() / 1000));
  const person = `${cleanIdent(draft.author.name)} <${cleanIdent(draft.author.email)}> ${seconds} +0000`;
  const parents = draft.parents.map((parent) => `parent ${parent}\n`).join('');
  const head = `tree ${draft.tree}\n${parents}author ${person}\ncommitter ${person}\n`;
  return Buffer.from(`${head}\n${draft.message.replace(/\n*$/, '')}\n`, 'utf8');
}

/** Puts `armour` into the commit `payload` as its last header, `gpgsig`, where git looks for it. */
export function addSignature(payload: Buffer, armour: string): Buffer {
  assert(ARMOUR.test(armour), 'a commit is signed with one SSH signature armour');
  const lines = armour.replace(/\n$/, '').split('\n');
  const end = payload.indexOf('\n\n') + 1;
  return Buffer.concat([payload.subarray(0, end), Buffer.from(`gpgsig ${lines.join('\n ')}\n`), payload.subarray(end)]);
}

/** Reads `Key: value` lines of the last paragraph, when every line of it is one. The first of a repeated key counts. */
export function parseTrailers(message: string): Readonly<Record<string, string>> {
  const paragraphs = message.trimEnd().split(/\n(?:[ \t]*\n)+/);
  const last = paragraphs.length > 1 ? (paragraphs.at(-1) ?? '') : '';
  const trailers = new Map<string, string>();
  for (const line of last.split('\n')) {
    // Attack: a line of a million spaces, in which a regular expression that looks for both ends of a value gets lost.
    const [head, key] = /^([A-Za-z0-9][A-Za-z0-9-]*): +/.exec(line) ?? [];
    const value = line.slice(head?.length).trimEnd();
    if (key === undefined || value === '') return {};
    if (!trailers.has(key)) trailers.set(key, value);
  }
  return Object.fromEntries(trailers);
}

function readHeaders(bytes: Buffer, oid: string): { headers: readonly Header[]; bodyStart: number } {
  const headers: Header[] = [];
  let at = 0;
  while (at < bytes.length && bytes[at] !== LF) {
    const end = endOfHeader(bytes, at);
    const space = bytes.indexOf(INDENT, at);
    if (end === undefined || space <= at || space >= end) throw damaged(oid, 'a header line has no value');
    const value = bytes.toString('utf8', space + 1, end - 1).replaceAll('\n ', '\n');
    headers.push({ key: bytes.toString('latin1', at, space), value, start: at, end });
    at = end;
  }
  return { headers, bodyStart: at + 1 };
}

/** A header goes on over lines that start with a space. */
function endOfHeader(bytes: Buffer, start: number): number | undefined {
  let end = bytes.indexOf(LF, start);
  while (end >= 0 && bytes[end + 1] === INDENT) end = bytes.indexOf(LF, end + 1);
  return end < 0 ? undefined : end + 1;
}

/**
 * Git reads the start of a commit by position: tree, parents, author, committer. A `parent` or `gpgsig` elsewhere, or a
 * second one, is what an attacker adds to show one history to git and another to a tool that searches by name.
 */
function checkOrder(headers: readonly Header[], oid: string): readonly string[] {
  const keys = headers.map((header) => header.key);
  const parents = headers.filter((header) => header.key === 'parent').map((header) => header.value);
  const expected = ['tree', ...parents.map(() => 'parent'), 'author', 'committer'];
  if (expected.some((key, index) => keys[index] !== key)) throw damaged(oid, 'its headers are not in git’s order');
  const twice = SINGLE.find((key) => keys.indexOf(key) !== keys.lastIndexOf(key));
  if (twice !== undefined) throw damaged(oid, `it has the header ${twice} twice`);
  if (![valueOf(headers, 'tree'), ...parents].every(isOid)) throw damaged(oid, 'its tree or a parent is no object id');
  return parents;
}

function valueOf(headers: readonly Header[], key: string): string {
  return headers.find((header) => header.key === key)?.value ?? '';
}

function parsePerson(text: string, oid: string): { name: string; email: string; at: Date } {
  const match = /^([^<>\n]*)<([^<>\n]*)> (-?\d{1,12}) [+-]\d{1,7}$/.exec(text);
  if (match === null) throw damaged(oid, 'its author or committer line is malformed');
  const [, name = '', email = '', seconds = '0'] = match;
  return { name: name.trim(), email, at: new Date(Number(seconds) * 1000) };
}

function signatureOf(bytes: Buffer, headers: readonly Header[]): CommitFacts['signature'] {
  const header = headers.find(({ key }) => key === 'gpgsig');
  if (header === undefined) return undefined;
  const signed = headers.filter(({ key }) => key !== 'gpgsig' && key !== 'gpgsig-sha256');
  const body = bytes.subarray(headers.at(-1)?.end ?? 0);
  const payload = Buffer.concat([...signed.map(({ start, end }) => bytes.subarray(start, end)), body]);
  // git keeps the armour without its last line feed; the verifier wants the file form. Nothing else is mended.
  return { armour: header.value.endsWith('\n') ? header.value : `${header.value}\n`, payload };
}

function subjectOf(message: string): string {
  const [paragraph = ''] = message.replace(/^\n+/, '').split('\n\n', 1);
  return paragraph.trimEnd().replaceAll('\n', ' ');
}

/** Takes out what would end the field early and let a name forge the rest of the line. */
function cleanIdent(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this removes
  return text.replace(/[<>\u0000-\u001f\u007f]/g, '').trim();
}

function damaged(oid: string, reason: string): MregError {
  const hint = 'run `git fsck --full --strict`; a commit like this was not made by git';
  return new MregError('integrity', `commit ${oid} is malformed: ${reason}`, { hint });
}
