import type { ErrorObject } from 'ajv/dist/2020.js';
import { LIMITS } from './limits.ts';
import type { Refusal } from './refusal.ts';
import { describeExpectation, joinWords } from './schema-words.ts';
import { quoted } from './yaml-findings.ts';

/** A document as far as it was read: its path in the repository and its plain value. */
export interface Subject {
  readonly path: string;
  readonly value: unknown;
}

/** Tells a validator's errors as refusals that people can act on, each at `<path>:spec.artifact.digest`. */
export function explainErrors(errors: readonly ErrorObject[], subject: Subject): readonly Refusal[] {
  const told = explain(errors, subject).map((refusal) => [`${refusal.path}\n${refusal.expected}`, refusal] as const);
  return [...new Map(told).values()].slice(0, LIMITS.refusals);
}

/**
 * Errors inside a choice (`oneOf`, `anyOf`) are those of every branch; only the branch that was meant is told. Else a
 * forgotten field of one gate would be fourteen refusals about fields that it must not have.
 */
function explain(errors: readonly ErrorObject[], subject: Subject): readonly Refusal[] {
  const choices = errors.filter(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf');
  const outer = choices.filter((choice) => !choices.some((other) => contains(other, choice)));
  const plain = errors.filter((error) => !choices.includes(error) && !outer.some((choice) => contains(choice, error)));
  return [
    // `propertyNames` only says that an error about a name, told by itself, exists.
    ...plain.filter(({ keyword }) => keyword !== 'propertyNames').map((error) => explainOne(error, subject)),
    ...outer.flatMap((choice) => explainChoice(choice, { errors, subject })),
  ];
}

function contains(choice: ErrorObject, error: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${choice.schemaPath}/`) &&
    (error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`))
  );
}

interface Context {
  readonly errors: readonly ErrorObject[];
  readonly subject: Subject;
}

function explainChoice(choice: ErrorObject, { errors, subject }: Context): readonly Refusal[] {
  const branches = branchesOf(
    choice,
    errors.filter((error) => contains(choice, error)),
  );
  const fitting = branches.filter((branch) => !branch.some((error) => isOfOtherType(error, choice)));
  if (fitting.length === 0) {
    const others = branches.flat().filter((error) => isOfOtherType(error, choice));
    return [explainNoBranch(choice, { errors: others, subject })];
  }
  const fewest = Math.min(...fitting.map((branch) => branch.length));
  const meant = fitting.filter((branch) => branch.length === fewest);
  const [first = []] = meant;
  const areAlternatives =
    meant.length > 1 && meant.flat().every(({ instancePath }) => instancePath === choice.instancePath);
  return areAlternatives ? [explainAlternatives(choice, { errors: meant.flat(), subject })] : explain(first, subject);
}

function branchesOf(choice: ErrorObject, errors: readonly ErrorObject[]): readonly (readonly ErrorObject[])[] {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const index = error.schemaPath.slice(choice.schemaPath.length + 1).split('/', 1)[0] ?? '';
    branches.set(index, [...(branches.get(index) ?? []), error]);
  }
  return [...branches.values()];
}

/** Tells whether an error says that the value is of another sort than the branch it belongs to. */
function isOfOtherType(error: ErrorObject, choice: ErrorObject): boolean {
  if (error.instancePath === `${choice.instancePath}/type`) return error.keyword === 'const';
  if (error.instancePath !== choice.instancePath) return false;
  return error.keyword === 'type' || (error.keyword === 'required' && error.params['missingProperty'] === 'type');
}

function explainNoBranch(choice: ErrorObject, { errors, subject }: Context): Refusal {
  const [forgotten] = errors.filter(({ keyword }) => keyword === 'required');
  if (forgotten !== undefined) return explainOne(forgotten, subject);
  const types = errors.filter(({ keyword }) => keyword === 'const');
  if (types.length === 0) return explainAlternatives(choice, { errors, subject });
  const allowedValues = types.map((error): unknown => error.params['allowedValue']);
  const instancePath = `${choice.instancePath}/type`;
  return explainOne({ ...choice, instancePath, keyword: 'enum', params: { allowedValues } }, subject);
}

function explainAlternatives(choice: ErrorObject, { errors, subject }: Context): Refusal {
  const mine = errors.filter(({ instancePath }) => instancePath === choice.instancePath);
  const expected = joinWords([...new Set(mine.map(describeExpectation))], 'or');
  return { ...explainOne(choice, subject), expected };
}

function explainOne(error: ErrorObject, { path, value }: Subject): Refusal {
  const field = fieldOf(error);
  return {
    code: 'schema',
    path: `${path}:${dotted(field === undefined ? error.instancePath : `${error.instancePath}/${field}`)}`,
    expected: describeExpectation(error),
    found: foundBy(error, value),
    hint: HINTS[error.keyword] ?? 'correct the value',
  };
}

/** The field that an error about its parent is really about. */
function fieldOf(error: ErrorObject): string | undefined {
  const { missingProperty, additionalProperty } = error.params;
  const field: unknown = missingProperty ?? additionalProperty ?? error.propertyName;
  return typeof field === 'string' ? field.replaceAll('~', '~0').replaceAll('/', '~1') : undefined;
}

function foundBy(error: ErrorObject, value: unknown): string {
  if (error.keyword === 'required') return 'nothing';
  const name: unknown = error.params['additionalProperty'] ?? error.propertyName;
  return typeof name === 'string' ? `a field ${quoted(name)}` : show(valueAt(value, error.instancePath));
}

const HINTS: Readonly<Record<string, string>> = {
  required: 'add the field',
  additionalProperties: 'remove the field, or correct its spelling',
  type: 'correct the value; text that looks like a number needs quotes',
};

function dotted(pointer: string): string {
  return pointer === '' ? 'document' : segmentsOf(pointer).join('.');
}

function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(value: unknown, pointer: string): unknown {
  return segmentsOf(pointer).reduce<unknown>(
    (inside, segment) =>
      typeof inside === 'object' && inside !== null
        ? new Map<string, unknown>(Object.entries(inside)).get(segment)
        : undefined,
    value,
  );
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  if (typeof value === 'object' && value !== null) return 'a map';
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}
