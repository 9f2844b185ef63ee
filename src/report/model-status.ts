import { shown } from './escape.ts';
import { paintFor } from './paint.ts';
import { ageOf, shortDigest } from './quantity.ts';
import type { ModelState, StageState, VersionState } from './model-state.ts';
import { symbolsOf } from './symbols.ts';
import { renderTable } from './table.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** Returns what is known about one model in blocks of lines: about it, its stages, its versions. */
export function modelBlocks(state: ModelState, stages: readonly string[], view: View): string[][] {
  return [aboutLines(state, view), stageTable(state, stages, view), versionTable(state.versions ?? [], view)];
}

function aboutLines({ model, latest, owner, description }: ModelState, view: View): string[] {
  const paint = paintFor(view);
  const facts = [
    latest === undefined ? 'no version yet' : `latest ${latest}`,
    ...(owner === undefined ? [] : [`owned by ${owner}`]),
  ];
  return [
    ...wrap(`${paint.bold(shown(model, view))}  ${shown(facts.join(', '), view)}`, {
      columns: view.columns,
      rest: '  ',
    }),
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

/** Returns `v7`, or while traffic is shared `v7 10% → v6 90%`: the one on its way first. */
export function trafficOf({ version, weight, candidate, phase }: StageState, view: View): string {
  const { arrow } = symbolsOf(view);
  const paint = paintFor(view);
  if (candidate === undefined) return shown(version, view);
  const paused = phase === 'paused' ? ' paused' : '';
  const share = `${candidate.version} ${String(candidate.weight)}% ${arrow} ${version} ${String(weight)}%${paused}`;
  return paint.yellow(shown(share, view));
}
