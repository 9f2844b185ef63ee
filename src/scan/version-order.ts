/** A list of parts to be compared in turn. */
type Key = readonly (number | string | readonly (number | string)[])[];

const PEP440 =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;
const SEMVER = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Compares two versions of Python packages as PEP 440 orders them; undefined where one is no version. */
export function comparePep440(a: string, b: string): number | undefined {
  const [first, second] = [pepKey(a), pepKey(b)];
  return first === undefined || second === undefined ? undefined : compareParts(first, second);
}

/** Compares two versions as semver orders them; undefined where one is no version. */
export function compareSemver(a: string, b: string): number | undefined {
  const [first, second] = [semverKey(a), semverKey(b)];
  return first === undefined || second === undefined ? undefined : compareParts(first, second);
}

/** Stages in order: a release stands after its candidates and before what was posted after it. */
const [BEFORE_ALL, AFTER_ALL] = [-1, Number.POSITIVE_INFINITY];
const STAGES: Readonly<Record<string, number>> = { a: 0, alpha: 0, b: 1, beta: 1, c: 2, rc: 2, pre: 2, preview: 2 };

function pepKey(text: string): Key | undefined {
  const parts = PEP440.exec(text.trim().toLowerCase());
  if (parts === null) return undefined;
  const [, epoch, release = '', stage, stageNumber, dash, post, postNumber, dev, devNumber, local] = parts;
  const isPost = dash !== undefined || post !== undefined;
  const isDev = dev !== undefined;
  const before = stage !== undefined ? [STAGES[stage] ?? 2, Number(stageNumber)] : [];
  const bare = isDev && !isPost ? [BEFORE_ALL] : [AFTER_ALL];
  return [
    Number(epoch ?? 0),
    release
      .replace(/(?:\.0+)+$/, '')
      .split('.')
      .map(Number),
    stage === undefined ? bare : before,
    isPost ? Number(dash ?? postNumber ?? 0) : BEFORE_ALL,
    isDev ? Number(devNumber) : AFTER_ALL,
    // Numbers stand after words, and a longer local version after its beginning.
    (local ?? '')
      .split(/[-_.]/)
      .filter(Boolean)
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  ];
}

function semverKey(text: string): Key | undefined {
  const parts = SEMVER.exec(text.trim());
  if (parts === null) return undefined;
  const [, major, minor, patch, before] = parts;
  // Here words stand after numbers; a leading space would not, so each word is marked.
  const tail = before?.split('.').map((part) => (/^\d+$/.test(part) ? [0, Number(part)] : [1, part]));
  return [Number(major), Number(minor), Number(patch), tail === undefined ? 1 : 0, ...(tail ?? [])];
}

function compareParts(a: Key, b: Key): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = comparePart(a[at], b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: Key[number] | undefined, b: Key[number] | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  if (typeof a === 'object' && typeof b === 'object') return compareParts(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : a < b ? -1 : 1;
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : a < b ? -1 : 1;
  return typeof a === 'string' ? -1 : 1;
}
