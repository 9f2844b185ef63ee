import { cvssBaseScore, severityOfScore } from './cvss.ts';
import type { Severity } from './finding.ts';
import { comparePep440, compareSemver } from './version-order.ts';

/** Which registry a package is of, as OSV calls it. */
export type Ecosystem = 'PyPI' | 'npm';

/** A package that a lockfile pins. */
export interface LockedPackage {
  readonly ecosystem: Ecosystem;
  readonly name: string;
  readonly version: string;
  /** As the lockfile states it; undefined where it does not. */
  readonly licence?: string | undefined;
}

/** What is known against a package. */
export interface Vulnerability {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly severity: Severity;
  /** False where the record does not say how severe it is. */
  readonly isRated: boolean;
  readonly summary: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Records of an OSV snapshot, by package: only what is asked of it is kept. */
export class OsvSnapshot {
  readonly #wanted: ReadonlySet<string>;
  readonly #records = new Map<string, Fields[]>();
  /** Records that were read, of whatever package. */
  size = 0;

  constructor(packages: readonly LockedPackage[]) {
    this.#wanted = new Set(packages.map(keyOf));
  }

  /** Takes one record; tells whether it is one. */
  add(value: unknown): boolean {
    if (!isFields(value) || typeof value['id'] !== 'string') return false;
    this.size += 1;
    if (value['withdrawn'] !== undefined) return true;
    const keys = new Set(listOf(value['affected']).map((affected) => keyOfAffected(affected)));
    for (const key of keys) {
      if (key === undefined || !this.#wanted.has(key)) continue;
      this.#records.set(key, [...(this.#records.get(key) ?? []), value]);
    }
    return true;
  }

  /** Returns what is known against one version of a package, each thing once, whatever number of names it has. */
  against(locked: LockedPackage): readonly Vulnerability[] {
    const found = (this.#records.get(keyOf(locked)) ?? []).flatMap((record) => vulnerabilityIn(record, locked));
    return withoutAliases(found);
  }
}

/** Python's names are one whatever their case and punctuation (PEP 503). */
function canonicalName(ecosystem: Ecosystem, name: string): string {
  return ecosystem === 'PyPI' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name;
}

function keyOf({ ecosystem, name }: Pick<LockedPackage, 'ecosystem' | 'name'>): string {
  return `${ecosystem} ${canonicalName(ecosystem, name)}`;
}

function keyOfAffected({ package: about }: Fields): string | undefined {
  if (!isFields(about) || typeof about['name'] !== 'string') return undefined;
  const { ecosystem } = about;
  return ecosystem === 'PyPI' || ecosystem === 'npm' ? keyOf({ ecosystem, name: about['name'] }) : undefined;
}

function vulnerabilityIn(record: Fields, locked: LockedPackage): readonly Vulnerability[] {
  const key = keyOf(locked);
  const affected = listOf(record['affected']).filter((each) => keyOfAffected(each) === key);
  const hit = affected.find((each) => isAffected(each, locked));
  if (hit === undefined) return [];
  const severity = severityIn(hit, record);
  return [
    {
      id: textOf(record['id']),
      aliases: [...textsOf(record['aliases']), ...textsOf(record['upstream'])],
      // Attack: a record without a rating must not be one that no gate looks at.
      severity: severity ?? 'high',
      isRated: severity !== undefined,
      summary: textOf(record['summary']),
    },
  ];
}

function isAffected(affected: Fields, { ecosystem, version }: LockedPackage): boolean {
  const compare = ecosystem === 'PyPI' ? comparePep440 : compareSemver;
  const same = (other: string): boolean => other === version || compare(other, version) === 0;
  if (textsOf(affected['versions']).some(same)) return true;
  return listOf(affected['ranges']).some(
    (range) => range['type'] !== 'GIT' && isInRange(listOf(range['events']), version, compare),
  );
}

interface RangeEvent {
  readonly kind: 'introduced' | 'fixed' | 'last_affected';
  readonly at: string;
}

/** The schema's own algorithm: events in order, each turning the answer. A version that cannot be compared is affected. */
function isInRange(
  fields: readonly Fields[],
  version: string,
  compare: (a: string, b: string) => number | undefined,
): boolean {
  const events = fields.flatMap(eventsOf);
  const order = (a: string, b: string): number => (a === b ? 0 : a === '0' ? -1 : b === '0' ? 1 : (compare(a, b) ?? 0));
  const isComparable = events.every(({ at }) => at === '0' || compare(at, version) !== undefined);
  if (!isComparable) return events.length > 0;
  let affected = false;
  for (const { kind, at } of [...events].sort((a, b) => order(a.at, b.at))) {
    const past = order(version, at);
    if (kind === 'introduced' && past >= 0) affected = true;
    if (kind === 'fixed' && past >= 0) affected = false;
    if (kind === 'last_affected' && past > 0) affected = false;
  }
  return affected;
}

function eventsOf(fields: Fields): readonly RangeEvent[] {
  return (['introduced', 'fixed', 'last_affected'] as const).flatMap((kind) => {
    const at = fields[kind];
    return typeof at === 'string' ? [{ kind, at }] : [];
  });
}

const WORDS: Readonly<Record<string, Severity>> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MODERATE: 'medium',
  MEDIUM: 'medium',
  LOW: 'low',
};

function severityIn(affected: Fields, record: Fields): Severity | undefined {
  const rated = [...listOf(affected['severity']), ...listOf(record['severity'])];
  const scores = rated.flatMap(({ score }) => cvssBaseScore(textOf(score)) ?? []);
  if (scores.length > 0) return severityOfScore(Math.max(...scores));
  const places = [affected['database_specific'], affected['ecosystem_specific'], record['database_specific']];
  const words = places.flatMap((place) => (isFields(place) ? [textOf(place['severity']).toUpperCase()] : []));
  return words.map((word) => WORDS[word]).find((word) => word !== undefined);
}

const ORDER: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** The same thing has a record in several databases; the one that is rated speaks for it, the worst first. */
function withoutAliases(found: readonly Vulnerability[]): readonly Vulnerability[] {
  const worst = [...found].sort(
    (a, b) => Number(b.isRated) - Number(a.isRated) || ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
  );
  const told: Vulnerability[] = [];
  const names = new Set<string>();
  for (const each of worst) {
    const own = [each.id, ...each.aliases];
    if (!own.some((name) => names.has(name))) told.push(each);
    for (const name of own) names.add(name);
  }
  return told;
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
