import { MregError } from '../documents/error.ts';
import { modelPath } from '../documents/paths.ts';
import { mergeCatalogue } from '../gates/catalogue.ts';
import { inCatalogueUnit } from '../gates/quantity.ts';
import { Unjudgeable } from '../gates/unjudgeable.ts';
import { readStage, readVersionFacts } from '../registry/models.ts';
import { mustRead } from '../registry/read-file.ts';
import type { StageAddress } from '../registry/stage-chain.ts';
import { policiesFor } from '../registry/view.ts';
import type { Baseline } from '../rollout/plan-size.ts';
import type { Session } from './session.ts';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Returns the events a second that `50`, `50/s` or `3000/m` stand for. Throws MregError where nothing is said. */
export function parseRate(text: string | undefined): number {
  const [, count, unit = 's'] = /^([0-9]+(?:\.[0-9]+)?)(?:\/([smhd]))?$/.exec(text ?? '') ?? [];
  const perSecond = Number(count) / (SECONDS[unit] ?? 1);
  if (perSecond > 0) return perSecond;
  const found = text === undefined ? 'nothing' : JSON.stringify(text);
  throw new MregError('usage', `expected the traffic of both versions together, found ${found}`, {
    hint: '--rate 50 (events a second), or --rate 3000/m',
  });
}

/** Returns what `ctr=0.05` (a rate) or `basket=20~4` (a mean and its standard deviation) says. */
export function parseBaseline(text: string): readonly [string, Baseline] {
  const pattern = /^([a-z][a-z0-9_]*)=(-?[0-9]+(?:\.[0-9]+)?)(?:~([0-9]+(?:\.[0-9]+)?))?$/;
  const [, metric, value, deviation] = pattern.exec(text) ?? [];
  if (metric !== undefined && value !== undefined) {
    return [metric, { value: Number(value), ...(deviation === undefined ? {} : { deviation: Number(deviation) }) }];
  }
  throw new MregError('usage', `--baseline "${text}" is no baseline`, {
    hint: '--baseline ctr=0.05, or --baseline basket=20~4 for a mean and its standard deviation',
  });
}

/**
 * Returns what the evidence of the version that serves says, in the units of the metric catalogue. What was measured online
 * counts before what was measured otherwise; how it spreads, no evidence tells.
 */
export async function measuredBaselines(
  { view }: Session,
  { model, stage }: StageAddress,
): Promise<ReadonlyMap<string, Baseline>> {
  const pointer = await readStage(view.snapshot, model, stage);
  const about = await mustRead(view.snapshot, 'Model', modelPath(model));
  const facts = pointer && (await readVersionFacts(view.snapshot, model, pointer.body.spec.version));
  if (facts === undefined || about === undefined) return new Map();
  const catalogue = mergeCatalogue({ policies: policiesFor(view, model), modelDocument: about.body });
  const kinds = [...facts.evidence.keys()].sort((a, b) => Number(a === 'online') - Number(b === 'online'));
  const measured = kinds.flatMap((kind) => Object.entries(facts.evidence.get(kind)?.body.spec.metrics ?? {}));
  return new Map(
    measured.flatMap(([metric, found]): [string, Baseline][] => {
      const value = valueIn(catalogue.get(metric)?.definition, found);
      return value === undefined ? [] : [[metric, { value }]];
    }),
  );
}

type Conversion = Parameters<typeof inCatalogueUnit>;

/** Undefined for what is in another unit than the catalogue says, or in none. */
function valueIn(definition: Conversion[1] | undefined, found: Conversion[0]): number | undefined {
  try {
    return definition && inCatalogueUnit(found, definition).toNumber();
  } catch (error) {
    if (error instanceof Unjudgeable) return undefined;
    throw error;
  }
}
