import { MregError } from '../documents/error.ts';
import { checkModel } from '../documents/names.ts';
import { parseReference } from '../documents/reference.ts';
import type { VersionFacts } from '../gates/input.ts';
import { listModels, modelExists, readStage, readVersionFacts, versionNumbers } from '../registry/models.ts';
import type { RegistryView } from '../registry/view.ts';

/** A reference made definite: a model and a version that exists. */
export interface Resolved {
  readonly model: string;
  readonly version: string;
  readonly facts: VersionFacts;
}

/** Returns what a reference such as `fraud_detector@v7` or `fraud_detector@prod` stands for; without `@` the newest version. */
export async function resolveReference(view: RegistryView, text: string): Promise<Resolved> {
  const { model, at } = parseReference(text);
  await requireModel(view, model);
  const version = await versionAt(view, model, at);
  const facts = await readVersionFacts(view.snapshot, model, version);
  if (facts !== undefined) return { model, version, facts };
  const numbers = await versionNumbers(view.snapshot, model);
  const known = numbers.slice(-5).map((number) => `v${String(number)}`);
  throw new MregError('unknown-version', `${model} has no version ${version}; it has ${known.join(', ') || 'none'}`, {
    hint: `mreg status ${model}`,
  });
}

async function versionAt(
  view: RegistryView,
  model: string,
  at: ReturnType<typeof parseReference>['at'],
): Promise<string> {
  if (at === undefined) return newestVersion(view, model);
  if ('version' in at) return at.version;
  requireStage(view, at.stage);
  const stage = await readStage(view.snapshot, model, at.stage);
  if (stage !== undefined) return stage.body.spec.version;
  throw new MregError('unknown-version', `${model} has nothing in ${at.stage} yet`, {
    hint: `mreg promote ${model}@<version> --to ${at.stage}`,
  });
}

async function newestVersion(view: RegistryView, model: string): Promise<string> {
  const newest = (await versionNumbers(view.snapshot, model)).at(-1);
  if (newest !== undefined) return `v${String(newest)}`;
  throw new MregError('unknown-version', `${model} has no versions yet`, { hint: `mreg register ${model} <path>` });
}

/** Throws unless the text can name a model. */
export function requireModelName(text: string): void {
  const refused = checkModel(text);
  if (refused === undefined) return;
  throw new MregError('bad-reference', `expected ${refused.expected}, found ${JSON.stringify(text)}`, {
    hint: refused.hint,
  });
}

/** Throws unless the model exists; names the nearest one that does. */
export async function requireModel(view: RegistryView, model: string): Promise<void> {
  requireModelName(model);
  if (await modelExists(view.snapshot, model)) return;
  const models = await listModels(view.snapshot);
  const near = models.find((other) => distanceOf(other, model) <= 2);
  throw new MregError(
    'unknown-model',
    `no model is called ${model} in this registry (${String(models.length)} ${models.length === 1 ? 'model' : 'models'})`,
    {
      hint:
        near === undefined ? 'mreg status lists the models; mreg register makes a new one' : `did you mean ${near}?`,
    },
  );
}

/** Throws unless the stage is one of mreg.yaml. */
export function requireStage(view: RegistryView, stage: string): void {
  const { stages } = view.settings.body.spec;
  if (stages.includes(stage)) return;
  throw new MregError('unknown-stage', `no stage is called ${stage}; the stages are ${stages.join(', ')}`, {
    hint: 'mreg status',
  });
}

/** Returns the stage before `to`, from where a promotion into it starts. */
export function stageBefore(view: RegistryView, to: string): string {
  requireStage(view, to);
  const { stages } = view.settings.body.spec;
  const before = stages[stages.indexOf(to) - 1];
  if (before !== undefined) return before;
  throw new MregError('unknown-stage', `${to} is the first stage: versions enter it when they are registered`, {
    hint: 'mreg register <model> <path>',
  });
}

/** Returns the edit distance of two names, for "did you mean"; Wagner and Fischer, 1974. */
export function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
