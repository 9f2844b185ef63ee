/** One tag of GTO: what it says of an artifact. */
export interface GtoTag {
  readonly ref: string;
  readonly artifact: string;
  readonly says: 'version' | 'stage' | 'deprecated' | 'created';
  /** `v1.2.3`, or the stage. */
  readonly value: string;
  /** True where it takes back what an earlier tag said. */
  readonly cancels: boolean;
  /** The order among tags that say the same; 0 where there is none. */
  readonly counter: number;
}

const NAME = '[a-zA-Z][a-zA-Z0-9_/:=.-]*';
const SEMVER = 'v(?:0|[1-9][0-9]*)\\.(?:0|[1-9][0-9]*)\\.(?:0|[1-9][0-9]*)(?:-[0-9A-Za-z.-]+)?';
const TAG = new RegExp(
  `^(?<artifact>${NAME})(?:@(?<version>${SEMVER})(?<off>!)?|@(?<word>deprecated|created)(?<over>!)?|#(?<stage>[a-zA-Z0-9][a-zA-Z0-9_-]*)(?<out>!)?)(?:#(?<counter>[0-9]{1,9}))?$`,
);

/** Reads the name of a tag as GTO does; undefined where it is none of GTO's. */
export function parseGtoTag(name: string): Omit<GtoTag, 'ref'> | undefined {
  const groups = TAG.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const { artifact = '', version, word, stage = '' } = groups;
  const cancels = (groups['off'] ?? groups['over'] ?? groups['out']) !== undefined;
  const common = { artifact, cancels, counter: Number(groups['counter'] ?? 0) };
  if (version !== undefined) return { ...common, says: 'version', value: version };
  if (word === 'deprecated' || word === 'created') return { ...common, says: word, value: word };
  return { ...common, says: 'stage', value: stage };
}

/** Compares `v1.2.3-rc.1` as semantic versions are: number by number, a pre-release before its release. */
export function compareSemver(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.before === right.before) return 0;
  if (left.before === '' || right.before === '') return left.before === '' ? 1 : -1;
  return comparePrerelease(left.before.split('.'), right.before.split('.'));
}

function partsOf(version: string): { readonly numbers: readonly number[]; readonly before: string } {
  const at = version.indexOf('-');
  const core = at === -1 ? version : version.slice(0, at);
  return { numbers: core.slice(1).split('.').map(Number), before: at === -1 ? '' : version.slice(at + 1) };
}

function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (left === right) continue;
    const [leftIsNumber, rightIsNumber] = [/^[0-9]+$/.test(left), /^[0-9]+$/.test(right)];
    if (leftIsNumber && rightIsNumber) return Number(left) - Number(right);
    if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}
