import { shown } from './escape.ts';
import { freezeLines, freezesJson } from './freezes.ts';
import { nextLines, textOf } from './lines.ts';
import type { ModelState, PendingRequest, RegistryStatus, StageState } from './model-state.ts';
import { modelBlocks, trafficOf } from './model-status.ts';
import type { StatusOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { ageOf, count, shortDigest } from './quantity.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** What a line takes to show digests: names and the latest version, and for each stage a version, a digest and an age. */
const ROOMY_BASE = 30;
const ROOMY_STAGE = 28;

/** Returns where every pointer stands, what waits, and what to do next; of a single model that lists its versions, more. */
export function renderStatus(status: RegistryStatus, view: View): string {
  const [only] = status.models;
  const detailed = only?.versions !== undefined && status.models.length === 1;
  return textOf(
    registryLine(status, view),
    freezeLines(status.freezes ?? [], view),
    ...(detailed ? modelBlocks(only, status.stages, view) : [modelsTable(status, view)]),
    pendingLines(status.models, view),
    nextLines(nextFor(status), view),
  );
}

/** Returns the status as `mreg status --json` prints it. */
export function statusJson({ registry, head, stages, models, freezes = [] }: RegistryStatus): StatusOutput {
  return {
    registry,
    head,
    ...(freezes.length === 0 ? {} : { freezes: freezesJson(freezes) }),
    models: models.map((state) => ({
      model: state.model,
      latest: state.latest ?? null,
      stages: Object.fromEntries(
        stages.flatMap((name) => {
          const stage = state.stages.get(name);
          return stage === undefined ? [] : [[name, stageJson(stage)]];
        }),
      ),
      pending: state.pending.map(({ to, version, approvals, requestedBy, requestedAt, outdated }) => ({
        to,
        version,
        approvals,
        requestedBy: requestedBy ?? null,
        requestedAt: requestedAt ?? null,
        outdated: outdated ?? null,
      })),
    })),
  };
}

function stageJson({ version, digest, phase, weight, since, candidate }: StageState): StageOutput {
  return { version, digest, phase, weight, since, candidate: candidate ?? null };
}

type StageOutput = StatusOutput['models'][number]['stages'][string];

function registryLine({ registry, head }: RegistryStatus, view: View): string[] {
  const paint = paintFor(view);
  return [`${paint.bold(shown(registry, view))}  ${paint.dim(`at ${shortDigest(head)}`)}`];
}

function modelsTable({ models, stages }: RegistryStatus, view: View): string[] {
  if (models.length === 0) return ['No model is registered yet.'];
  const { dash } = symbolsOf(view);
  const paint = paintFor(view);
  return renderTable(
    {
      columns: ['model', 'latest', ...stages].map((title) => ({ title: shown(title, view) })),
      rows: models.map(({ model, latest, stages: at }) => [
        paint.bold(shown(model, view)),
        latest === undefined ? paint.dim(dash) : shown(latest, view),
        ...stages.map((name) => {
          const stage = at.get(name);
          return stage === undefined ? paint.dim(dash) : stageCell(stage, stages.length, view);
        }),
      ]),
    },
    view,
  );
}

/** The digest is what a narrow screen can do without. */
function stageCell(stage: StageState, stageCount: number, view: View): string {
  const paint = paintFor(view);
  const roomy = view.columns >= ROOMY_BASE + stageCount * ROOMY_STAGE;
  const digest = roomy ? ` ${shortDigest(stage.digest)}` : '';
  const age = ageOf(stage.since, view.now).replace(/ ago$/, '');
  return `${trafficOf(stage, view)}${paint.dim(`${shown(digest, view)} ${shown(age, view)}`)}`;
}

function pendingLines(models: readonly ModelState[], view: View): string[] {
  const paint = paintFor(view);
  const { arrow } = symbolsOf(view);
  const lines = models.flatMap(({ model, pending }) =>
    pending.flatMap((request) => {
      const what = `${shown(`${model}@${request.version}`, view)} ${arrow} ${shown(request.to, view)}`;
      const facts = `${howItWaits(request, view)}${paint.dim(shown(askedBy(request, view), view))}`;
      return wrap(`${what}  ${facts}`, { columns: view.columns, first: '  ', rest: '    ' });
    }),
  );
  return lines.length === 0 ? [] : [paint.dim('waiting:'), ...lines];
}

function howItWaits({ approvals: { have, need }, outdated }: PendingRequest, view: View): string {
  const paint = paintFor(view);
  if (outdated !== undefined) return paint.red(shown(`cannot land: ${outdated}`, view));
  return paint.yellow(`${String(have)} of ${count(need, 'approval')}`);
}

function askedBy({ requestedBy, requestedAt }: PendingRequest, view: View): string {
  const parts = [
    ...(requestedAt === undefined ? [] : [ageOf(requestedAt, view.now)]),
    ...(requestedBy === undefined ? [] : [`by ${requestedBy}`]),
  ];
  return parts.length === 0 ? '' : `, asked ${parts.join(' ')}`;
}

/** At most three commands, the most pressing first: running rollouts, then requests that wait. */
function nextFor({ models, stages }: RegistryStatus): string[] {
  if (models.length === 0) return ['mreg register <model> <path>'];
  const rollouts = models.flatMap(({ model, stages: at }) =>
    stages
      .filter((name) => at.get(name)?.candidate !== undefined)
      .map((name) => `mreg rollout status ${model} --stage ${name}`),
  );
  const requests = models.flatMap((state) => state.pending.map((request) => nextForRequest(state, request, stages)));
  const all = [...rollouts, ...requests];
  return all.length === 0 && models.length === 1 ? nextPromotion(models, stages) : all.slice(0, 3);
}

function nextForRequest({ model, stages: at }: ModelState, request: PendingRequest, stages: readonly string[]): string {
  const { to, version, outdated, isHeld, approvals } = request;
  if (outdated === undefined) {
    return approvals.have < approvals.need ? `mreg approve ${model} --to ${to}` : `mreg promote ${model} --to ${to}`;
  }
  // Asked again it would be refused where its version is held, or no longer stands in the stage before.
  const before = at.get(stages[stages.indexOf(to) - 1] ?? '');
  const canAskAgain = isHeld !== true && before?.version === version;
  return canAskAgain
    ? `mreg promote ${model}@${version} --to ${to}`
    : `mreg reject ${model}@${version} --to ${to} -m <why>`;
}

function nextPromotion([state]: readonly ModelState[], stages: readonly string[]): string[] {
  if (state?.latest === undefined) return [];
  const { model, latest } = state;
  if (state.isLatestHeld === true) return [`mreg show ${model}@${latest}`];
  const behind = stages.find((name) => state.stages.get(name)?.version !== latest);
  return behind === undefined ? [] : [`mreg check ${model}@${latest} --to ${behind}`];
}
