import { checkModel, checkName, checkPrincipal, isVersionName } from './names.ts';

/** What stands at a path of the repository. */
export type Place =
  | DocumentPlace
  | { readonly kind: 'allowed-signers' }
  | { readonly kind: 'kustomization'; readonly model: string; readonly stage: string }
  | Approval
  /** The signature of the author of `of`. */
  | { readonly kind: 'signature'; readonly of: string }
  /** The users' own. */
  | { readonly kind: 'ungoverned' }
  /** In the registry's area, or a look-alike of it on some file system, and no place of the format. */
  | { readonly kind: 'unknown' };

/** A place that holds a document with an author's signature beside it. */
export type DocumentPlace =
  | { readonly kind: 'registry' }
  | { readonly kind: 'trust-root' }
  | { readonly kind: 'policy'; readonly name: string }
  | { readonly kind: 'freeze'; readonly sequence: number }
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'version'; readonly model: string; readonly version: string }
  | {
      readonly kind: 'evidence';
      readonly model: string;
      readonly version: string;
      readonly evidenceKind: string;
      readonly sequence: number;
    }
  | { readonly kind: 'hold'; readonly model: string; readonly version: string; readonly sequence: number }
  | { readonly kind: 'stage' | 'promotion' | 'decision'; readonly model: string; readonly stage: string };

interface Approval {
  readonly kind: 'approval';
  /** Path of the document that is approved. */
  readonly of: string;
  readonly principal: string;
  readonly form: 'sig' | 'review' | 'review-sig';
  /** Set on the second signature of a principal whose key changes: `<principal>.new.sig`. */
  readonly isNewKey?: true;
}

/** Says what stands at `path` (repository-relative, `/` between segments). Looks at nothing but the path. */
export function placeOf(path: string): Place {
  if (!isGoverned(path)) return { kind: 'ungoverned' };
  return (
    documentPlace(path) ?? derivedPlace(path) ?? signaturePlace(path) ?? approvalPlace(path) ?? { kind: 'unknown' }
  );
}

const ROOTS: ReadonlySet<string> = new Set([
  'mreg.yaml',
  'mreg.yaml.sig',
  'mreg.yaml.approvals',
  'trust',
  'policies',
  'registry',
]);

/** Tells whether mreg judges changes at `path`. Look-alikes are judged too, because some file systems open the same file. */
export function isGoverned(path: string): boolean {
  const [first = ''] = path.split(/[/\\]/);
  return (
    ROOTS.has(first) ||
    ROOTS.has(foldSegment(first)) ||
    SHORT_NAME.test(first) ||
    path.split(/[/\\]/).some((part) => /^\.{0,2}$/.test(part))
  );
}

/** 8.3 names under which NTFS opens our folders. */
const SHORT_NAME = /^(?:mreg|trust|polici|regist)[a-z]{0,2}~[0-9]+/i;

/** Undoes what case-insensitive, Unicode-normalising and Windows file systems ignore: case, width, marks, streams, tails. */
function foldSegment(segment: string): string {
  const letters = segment
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/:.*$/s, '');
  return withoutTail(letters);
}

/** Attack: a name of a million dots, for which a regular expression that looks for the last of them takes hours. */
function withoutTail(name: string): string {
  let end = name.length;
  while (name[end - 1] === '.' || name[end - 1] === ' ') end -= 1;
  return name.slice(0, end);
}

function documentPlace(path: string): DocumentPlace | undefined {
  if (path === 'mreg.yaml') return { kind: 'registry' };
  if (path === 'trust/root.yaml') return { kind: 'trust-root' };
  const [root, ...rest] = path.split('/');
  if (root === 'policies') return policyPlace(rest);
  return root === 'registry' ? modelPlace(rest) : undefined;
}

function policyPlace(rest: readonly string[]): DocumentPlace | undefined {
  if (rest.length === 2 && rest[0] === 'freezes') return freezePlace(rest[1] ?? '');
  const name = rest.length === 1 ? stem(rest[0]) : undefined;
  return name !== undefined && isName(name) ? { kind: 'policy', name } : undefined;
}

function freezePlace(file: string): DocumentPlace | undefined {
  const sequence = numberOf(file);
  return sequence === undefined ? undefined : { kind: 'freeze', sequence };
}

/** `3.yaml`: how documents that follow one another are named. */
function numberOf(file: string): number | undefined {
  const number = /^([1-9][0-9]{0,8})\.yaml$/.exec(file)?.[1];
  return number === undefined ? undefined : Number(number);
}

function modelPlace(rest: readonly string[]): DocumentPlace | undefined {
  const split = splitModel(rest);
  if (split === undefined) return undefined;
  const { model, inside } = split;
  const [folder, name = '', ...file] = inside;
  if (folder === 'model.yaml') return inside.length === 1 ? { kind: 'model', model } : undefined;
  if (folder === 'versions') return isVersionName(name) ? versionPlace({ model, version: name }, file) : undefined;
  return isName(name) ? stagePlace({ model, stage: name }, file) : undefined;
}

const MODEL_CONTENTS: ReadonlySet<string | undefined> = new Set(['model.yaml', 'versions', 'stages']);

/** Splits `[namespace, model, …]`: no name is `versions` or `stages`, so the first of them ends the model. */
function splitModel(rest: readonly string[]): { model: string; inside: readonly string[] } | undefined {
  const length = [1, 2].find((count) => MODEL_CONTENTS.has(rest[count]));
  if (length === undefined) return undefined;
  const model = rest.slice(0, length).join('/');
  return checkModel(model) === undefined ? { model, inside: rest.slice(length) } : undefined;
}

function versionPlace(at: { model: string; version: string }, file: readonly string[]): DocumentPlace | undefined {
  const [folder, name] = file;
  if (file.length === 1) return folder === 'version.yaml' ? { kind: 'version', ...at } : undefined;
  if (file.length !== 2 || name === undefined) return undefined;
  if (folder === 'holds') {
    const sequence = numberOf(name);
    return sequence === undefined ? undefined : { kind: 'hold', ...at, sequence };
  }
  // A kind may hold dashes and digits; the last number is the sequence.
  const [, evidenceKind, sequence] = /^(.+)-([1-9][0-9]{0,8})\.yaml$/.exec(name) ?? [];
  return folder === 'evidence' && evidenceKind !== undefined && isName(evidenceKind)
    ? { kind: 'evidence', ...at, evidenceKind, sequence: Number(sequence) }
    : undefined;
}

function stagePlace(at: { model: string; stage: string }, file: readonly string[]): DocumentPlace | undefined {
  const name = file.length === 1 ? stem(file[0]) : undefined;
  return name === 'stage' || name === 'promotion' || name === 'decision' ? { kind: name, ...at } : undefined;
}

/** Files that mreg derives and that carry no signature of their own. */
function derivedPlace(path: string): Place | undefined {
  if (path === 'trust/allowed_signers') return { kind: 'allowed-signers' };
  const directory = cutEnd(path, '/kustomization.yaml');
  const stage = directory === undefined ? undefined : documentPlace(`${directory}/stage.yaml`);
  return stage?.kind === 'stage' ? { ...stage, kind: 'kustomization' } : undefined;
}

function signaturePlace(path: string): Place | undefined {
  const of = cutEnd(path, '.sig');
  return of !== undefined && documentPlace(of) !== undefined ? { kind: 'signature', of } : undefined;
}

function approvalPlace(path: string): Place | undefined {
  const [, directory = '', name = ''] = /^(.*)\/([^/]+)$/s.exec(path) ?? [];
  const stageFolder = cutEnd(directory, '/approvals');
  if (stageFolder !== undefined) return promotionApproval(`${stageFolder}/promotion.yaml`, name);
  const of = cutEnd(directory, '.approvals');
  const kind = of === undefined ? undefined : documentPlace(of)?.kind;
  if (of === undefined || kind === undefined || !APPROVED_BESIDE.has(kind)) return undefined;
  const label = cutEnd(name, '.sig') ?? '';
  const principal = cutEnd(label, '.new');
  if (principal !== undefined) return approval({ of, principal, form: 'sig', isNewKey: true });
  return approval({ of, principal: label, form: 'sig' });
}

/** Documents that gather signatures in `<document>.approvals/`. */
const APPROVED_BESIDE: ReadonlySet<string> = new Set(['registry', 'trust-root', 'policy', 'hold']);

const PROMOTION_FORMS = [
  { end: '.review.yaml.sig', form: 'review-sig' },
  { end: '.review.yaml', form: 'review' },
  { end: '.sig', form: 'sig' },
] as const;

function promotionApproval(of: string, name: string): Place | undefined {
  if (documentPlace(of)?.kind !== 'promotion') return undefined;
  const match = PROMOTION_FORMS.find(({ end }) => name.endsWith(end));
  return match === undefined
    ? undefined
    : approval({ of, principal: name.slice(0, -match.end.length), form: match.form });
}

function approval(found: Omit<Approval, 'kind'>): Place | undefined {
  return checkPrincipal(found.principal) === undefined ? { kind: 'approval', ...found } : undefined;
}

function isName(text: string): boolean {
  return checkName(text, 'a name') === undefined;
}

function stem(file: string | undefined): string | undefined {
  return file === undefined ? undefined : cutEnd(file, '.yaml');
}

function cutEnd(text: string, end: string): string | undefined {
  return text.endsWith(end) ? text.slice(0, -end.length) : undefined;
}
