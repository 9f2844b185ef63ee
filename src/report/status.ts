import { shown } from './escape.ts';
import { nextLines, textOf } from './lines.ts';
import type { StatusOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { ageOf, count, shortDigest } from './quantity.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** Where a stage points; while a rollout runs, `version` is still the champion and `candidate` the one on its way. */
export interface StageState {
  readonly version: string;
  readonly digest: string;
  readonly phase: 'progressing' | 'paused' | 'complete';
  /** Percent of the traffic that `version` gets. */
  readonly weight: number;
  readonly since: string;
  readonly candidate?: { readonly version: string; readonly digest: string; readonly weight: number };
  /** Which step of how many the rollout is in. */
  readonly step?: number;
  readonly steps?: number;
  readonly strategy?: string;
  readonly movedBy?: string;
}

/** A promotion that was asked for and is not decided. */
export interface PendingRequest {
  readonly to: string;
  readonly version: string;
  readonly approvals: { readonly have: number; readonly need: number };
  readonly requestedBy?: string;
  readonly requestedAt?: string;
  readonly expiresAt?: string;
}

/** A version as one model's status lists it. */
export interface VersionState {
  readonly version: string;
  readonly digest: string;
  readonly registeredAt: string;
  readonly registeredBy: string;
  readonly evidence: readonly string[];
  readonly held?: { readonly reason: string; readonly by: string };
}

/** Where a model stands. */
export interface ModelState {
  readonly model: string;
  readonly latest: string | undefined;
  /** Stages that point somewhere, by name. */
  readonly stages: ReadonlyMap<string, StageState>;
  readonly pending: readonly PendingRequest[];
  readonly owner?: string;
  readonly description?: string;
  /** Newest first; given when one model is asked for. */
  readonly versions?: readonly VersionState[];
}

/** Where a registry stands, or the part of it that was asked for. */
export interface RegistryStatus {
  readonly registry: string;
  readonly head: string;
  /** All stages in order, the first is where versions enter. */
  readonly stages: readonly string[];
  readonly models: readonly ModelState[];
}

/** What a line takes to show digests: names and the latest version, and for each stage a version, a digest and an age. */
const ROOMY_BASE = 30;
const ROOMY_STAGE = 28;

/** Returns where every pointer stands, what waits, and what to do next; of a single model that lists its versions, more. */
export function renderStatus(status: RegistryStatus, view: View): string {
  const [only] = status.models;
  const detailed = only?.versions !== undefined && status.models.length === 1;
  return textOf(
    registryLine(status, view),
    ...(detailed ? modelBlocks(only, status.stages, view) : [modelsTable(status, view)]),
    pendingLines(status.models, view),
    nextLines(nextFor(status), view),
  );
}

/** Returns the status as `mreg status --json` prints it. */
export function statusJson({ registry, head, stages, models }: RegistryStatus): StatusOutput {
  return {
    registry,
    head,
    models: models.map((state) => ({
      model: state.model,
      latest: state.latest ?? null,
      stages: Object.fromEntries(
        stages.flatMap((name) => {
          const stage = state.stages.get(name);
          return stage === undefined ? [] : [[name, stageJson(stage)]];
        }),
      ),
      pending: state.pending.map(({ to, version, approvals, requestedBy, requestedAt }) => ({
        to,
        version,
        approvals,
        requestedBy: requestedBy ?? null,
        requestedAt: requestedAt ?? null,
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

/** `v7`, or while traffic is shared `v7 10% → v6 90%`: the one on its way first. */
function trafficOf({ version, weight, candidate, phase }: StageState, view: View): string {
  const { arrow } = symbolsOf(view);
  const paint = paintFor(view);
  if (candidate === undefined) return shown(version, view);
  const paused = phase === 'paused' ? ' paused' : '';
  const share = `${candidate.version} ${String(candidate.weight)}% ${arrow} ${version} ${String(weight)}%${paused}`;
  return paint.yellow(shown(share, view));
}

function modelBlocks(state: ModelState, stages: readonly string[], view: View): string[][] {
  return [aboutLines(state, view), stageTable(state, stages, view), versionTable(state.versions ?? [], view)];
}

function aboutLines({ model, latest, owner, description }: ModelState, view: View): string[] {
  const paint = paintFor(view);
  const facts = [
    latest === undefined ? 'no version yet' : `latest ${latest}`,
    ...(owner === undefined ? [] : [`owned by ${owner}`]),
  ];
  return [
    `${paint.bold(shown(model, view))}  ${shown(facts.join(', '), view)}`,
    ...(description === undefined ? [] : wrap(shown(description, view), { columns: view.columns, first: '  ' })),
  ];
}

function stageTable({ stages }: ModelState, names: readonly string[], view: View): string[] {
  const { dash } = symbolsOf(view);
  return renderTable(
    {
      columns: [
        { title: 'stage' },
        { title: 'serves' },
        { title: 'digest', expendable: true },
        { title: 'since' },
        { title: 'moved by' },
        { title: 'rollout' },
      ],
      rows: names.map((name) => {
        const stage = stages.get(name);
        if (stage === undefined) return [shown(name, view), dash];
        return [
          shown(name, view),
          trafficOf(stage, view),
          shortDigest(stage.digest),
          shown(ageOf(stage.since, view.now), view),
          shown(stage.movedBy ?? '', view),
          shown(rolloutOf(stage), view),
        ];
      }),
    },
    view,
  );
}

/** `canary, 1 of 3`: the strategy and how far it is; nothing once it is complete. */
function rolloutOf({ phase, step, steps, strategy = 'rollout', candidate }: StageState): string {
  if (phase === 'complete' && candidate === undefined) return '';
  const paused = phase === 'paused' ? ', paused' : '';
  const where = step === undefined || steps === undefined ? '' : `, ${String(step)} of ${String(steps)}`;
  return `${strategy}${where}${paused}`;
}

function versionTable(versions: readonly VersionState[], view: View): string[] {
  const paint = paintFor(view);
  return renderTable(
    {
      columns: [
        { title: 'version' },
        { title: 'digest' },
        { title: 'registered' },
        { title: 'by' },
        { title: 'evidence' },
      ],
      notes: versions.map(({ held }) =>
        held === undefined ? '' : paint.red(shown(`held by ${held.by}: ${held.reason}`, view)),
      ),
      rows: versions.map(({ version, digest, registeredAt, registeredBy, evidence }) => [
        shown(version, view),
        shortDigest(digest),
        shown(ageOf(registeredAt, view.now), view),
        shown(registeredBy, view),
        shown(evidence.join(', '), view),
      ]),
    },
    view,
  );
}

function pendingLines(models: readonly ModelState[], view: View): string[] {
  const paint = paintFor(view);
  const { arrow } = symbolsOf(view);
  const lines = models.flatMap(({ model, pending }) =>
    pending.flatMap((request) => {
      const { have, need } = request.approvals;
      const what = `${shown(`${model}@${request.version}`, view)} ${arrow} ${shown(request.to, view)}`;
      const facts = `${paint.yellow(`${String(have)} of ${count(need, 'approval')}`)}${paint.dim(shown(askedBy(request, view), view))}`;
      return wrap(`${what}  ${facts}`, { columns: view.columns, first: '  ', rest: '    ' });
    }),
  );
  return lines.length === 0 ? [] : [paint.dim('waiting:'), ...lines];
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
  const approvals = models.flatMap(({ model, pending }) =>
    pending.map(({ to, approvals: { have, need } }) =>
      have < need ? `mreg approve ${model} --to ${to}` : `mreg promote ${model} --to ${to}`,
    ),
  );
  const all = [...rollouts, ...approvals];
  return all.length === 0 && models.length === 1 ? nextPromotion(models, stages) : all.slice(0, 3);
}

function nextPromotion([state]: readonly ModelState[], stages: readonly string[]): string[] {
  if (state?.latest === undefined) return [];
  const { model, latest } = state;
  const behind = stages.find((name) => state.stages.get(name)?.version !== latest);
  return behind === undefined ? [] : [`mreg check ${model}@${latest} --to ${behind}`];
}
