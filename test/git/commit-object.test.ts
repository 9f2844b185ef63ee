import { describe, expect, it } from 'vitest';
import { addSignature, formatCommit, parseCommit, parseTrailers } from '../../src/git/commit-object.ts';

const oid = 'f'.repeat(40);
const tree = '1'.repeat(40);
const parent = '2'.repeat(40);
const person = 'Ann <ann@example.com> 1700000000 +0100';
const head = [`tree ${tree}`, `parent ${parent}`, `author ${person}`, `committer ${person}`];
const armour = '-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\nAAAA\n-----END SSH SIGNATURE-----\n';
const gpgsig = `gpgsig ${armour.trimEnd().split('\n').join('\n ')}`;
const commit = (headers: readonly string[], message = 'Subject\n') =>
  Buffer.from(`${headers.map((line) => `${line}\n`).join('')}\n${message}`);
const insert = (index: number, ...lines: string[]) => head.toSpliced(index, 0, ...lines);

describe('parseCommit', () => {
  it('reads what git wrote', () => {
    expect(parseCommit(commit(head, 'A subject\nover two lines\n\nBody\n\nKey: value\n'), oid)).toEqual({
      ...{ oid, tree, parents: [parent], subject: 'A subject over two lines', signature: undefined },
      trailers: { Key: 'value' },
      author: { name: 'Ann', email: 'ann@example.com' },
      committedAt: new Date(1700000000_000),
    });
  });

  it('takes the signature out of the signed bytes, wherever it stands among the headers', () => {
    for (const headers of [
      [...head, gpgsig],
      [...head, gpgsig, 'encoding UTF-8'],
      [...head, 'encoding UTF-8', gpgsig],
    ]) {
      const { signature } = parseCommit(commit(headers), oid);
      expect(signature?.armour).toBe(armour);
      expect(Buffer.from(signature?.payload ?? [])).toEqual(commit(headers.filter((line) => line !== gpgsig)));
    }
  });

  it('leaves the sha256 signature out of the signed bytes, as git does', () => {
    const other = gpgsig.replace('gpgsig', 'gpgsig-sha256');
    const { signature } = parseCommit(commit([...head, gpgsig, other]), oid);
    expect(Buffer.from(signature?.payload ?? [])).toEqual(commit(head));
  });

  it('hands a mangled armour on as it is, for the verifier to refuse', () => {
    const mangled = gpgsig.replaceAll('\n', '\r\n');
    expect(parseCommit(commit([...head, mangled]), oid).signature?.armour).toContain('\r\n');
  });

  it('does not look for headers in the message', () => {
    const facts = parseCommit(commit(head, `Subject\n\n${gpgsig}\nparent ${tree}\n`), oid);
    expect(facts).toMatchObject({ parents: [parent], signature: undefined });
  });

  it.each([
    ['a second tree', insert(1, `tree ${parent}`)],
    ['a parent after the author', insert(3, `parent ${tree}`)],
    ['a parent at the end', [...head, `parent ${tree}`]],
    ['a second author', insert(3, `author ${person}`)],
    ['a second committer', [...head, `committer ${person}`]],
    ['a second signature', [...head, gpgsig, gpgsig]],
    ['no tree', head.slice(1)],
    ['no committer', head.slice(0, 3)],
    ['a tree that is no id', head.with(0, 'tree main')],
    ['a parent that is no id', head.with(1, 'parent HEAD')],
    ['a header without value', [...head, 'nothing']],
    ['a header without name', insert(0, ' continued')],
    ['a malformed author', head.with(2, 'author Ann ann@example.com 1700000000 +0100')],
    ['a malformed time', head.with(3, 'committer Ann <a@b> yesterday +0100')],
  ])('refuses %s', (_, headers) => {
    expect(() => parseCommit(commit(headers), oid)).toThrow(expect.objectContaining({ code: 'integrity' }) as Error);
  });

  it('refuses headers that never end', () => {
    expect(() => parseCommit(Buffer.from(`tree ${tree}`), oid)).toThrow(/malformed/);
  });
});

describe('formatCommit', () => {
  const draft = {
    ...{ tree, parents: [parent], message: 'Subject\n\nBody\n\n\n', at: new Date(1700000000_999) },
    author: { name: 'Ann\nparent x <Eve>', email: ' a<n>n@example.com\0 ' },
  };

  it('writes what it reads back, and lets no name forge a header', () => {
    const facts = parseCommit(formatCommit(draft), oid);
    expect(facts.author).toEqual({ name: 'Annparent x Eve', email: 'ann@example.com' });
    expect(facts).toMatchObject({ parents: [parent], subject: 'Subject', committedAt: new Date(1700000000_000) });
  });

  it('signs a commit so that the payload comes out again byte for byte', () => {
    const payload = formatCommit(draft);
    const { signature } = parseCommit(addSignature(payload, armour), oid);
    expect(signature?.armour).toBe(armour);
    expect(Buffer.from(signature?.payload ?? [])).toEqual(payload);
  });

  it.each(['', 'x', `${armour}parent ${tree}\n`, armour.replace('AAAA', 'AA\n\nAA')])('embeds no %j', (text) => {
    expect(() => addSignature(formatCommit(draft), text)).toThrow(/armour/);
  });
});

describe('parseTrailers', () => {
  it.each([
    ['S\n\nA: 1\nB-c: two words', { A: '1', 'B-c': 'two words' }],
    ['S\n\nBody\n\nA: 1\n\n', { A: '1' }],
    ['S\n\nA: 1\nA: 2', { A: '1' }],
    ['S\n\nBody\nA: 1', {}],
    ['A: 1', {}],
    ['S\n\nA: 1\n\nBody', {}],
    ['S\n\n__proto__: 1', {}],
    ['', {}],
  ])('reads %j', (message, expected) => {
    expect(parseTrailers(message)).toEqual(expected);
  });
});
