import { isDeepStrictEqual } from 'node:util';
import { parseDuration } from '../documents/duration.ts';
import type { PolicyDocument } from '../documents/kinds/policy.ts';
import type { MetricQuery, TelemetrySource, TelemetrySpec, TrafficQuery } from '../documents/kinds/telemetry.ts';
import type { Reading, Refusal } from '../documents/refusal.ts';
import { telemetryFaults } from '../documents/telemetry-rules.ts';

/** How the versions of a model are measured, as the policies in force say it together. */
export interface TelemetryConfig {
  /** The tick: how far measurements lie apart, and how often a rollout is looked at. */
  readonly everyMs: number;
  readonly sources: ReadonlyMap<string, TelemetrySource>;
  readonly metrics: ReadonlyMap<string, MetricQuery>;
  readonly traffic: TrafficQuery | undefined;
}

/** A policy with where it stands, as gates are given it. */
export interface PolicyInForce {
  readonly path: string;
  readonly body: Pick<PolicyDocument, 'spec'>;
}

const DEFAULT_EVERY = '30s';

/**
 * Takes the policies that match a model together. What two of them say differently is refused: neither may quietly
 * measure what the other's guards are judged by.
 */
export function telemetryOf(policies: readonly PolicyInForce[]): Reading<TelemetryConfig> {
  const said = policies.flatMap(({ path, body }) =>
    body.spec.telemetry === undefined ? [] : [{ path, spec: body.spec.telemetry }],
  );
  const refusals: Refusal[] = [];
  const merged: Merged = { sources: new Map(), metrics: new Map(), settings: new Map() };
  for (const { path, spec } of said) addAll(merged, { path, spec, refusals });
  const spec = together(merged);
  if (refusals.length === 0) refusals.push(...wrongTogether(spec));
  if (refusals.length > 0) return { ok: false, refusals };
  return {
    ok: true,
    value: {
      everyMs: parseDuration(spec.every ?? DEFAULT_EVERY),
      sources: new Map(Object.entries(spec.sources ?? {})),
      metrics: new Map(Object.entries(spec.metrics ?? {})),
      traffic: spec.traffic,
    },
  };
}

interface Said<T> {
  readonly value: T;
  readonly path: string;
}

interface Merged {
  readonly sources: Map<string, Said<TelemetrySource>>;
  readonly metrics: Map<string, Said<MetricQuery>>;
  readonly settings: Map<'every' | 'traffic', Said<string | TrafficQuery>>;
}

function addAll(
  { sources, metrics, settings }: Merged,
  { path, spec, refusals }: { path: string; spec: TelemetrySpec; refusals: Refusal[] },
): void {
  const add = <K, T>(to: Map<K, Said<T>>, [field, key]: readonly [string, K], value: T): void => {
    const known = to.get(key);
    if (known === undefined) to.set(key, { value, path });
    else if (!isDeepStrictEqual(known.value, value)) refusals.push(conflict(`${path}:spec.telemetry.${field}`, known));
  };
  for (const [name, source] of Object.entries(spec.sources ?? {})) add(sources, [`sources.${name}`, name], source);
  for (const [name, query] of Object.entries(spec.metrics ?? {})) add(metrics, [`metrics.${name}`, name], query);
  if (spec.every !== undefined) add(settings, ['every', 'every'], spec.every);
  if (spec.traffic !== undefined) add(settings, ['traffic', 'traffic'], spec.traffic);
}

function conflict(path: string, known: Said<unknown>): Refusal {
  return {
    code: 'policy',
    path,
    expected: `what ${known.path} says`,
    found: 'something else',
    hint: 'two policies that match one model must measure it alike: make them equal, or drop one',
  };
}

function together({ sources, metrics, settings }: Merged): TelemetrySpec {
  const plain = <T>(map: ReadonlyMap<string, Said<T>>): Record<string, T> =>
    Object.fromEntries([...map].map(([name, { value }]) => [name, value]));
  const every = settings.get('every')?.value;
  const traffic = settings.get('traffic')?.value;
  return {
    sources: plain(sources),
    metrics: plain(metrics),
    ...(typeof every === 'string' ? { every } : {}),
    ...(typeof traffic === 'object' ? { traffic } : {}),
  };
}

/** A query may name a source of another policy; now all of them are known. */
function wrongTogether(spec: TelemetrySpec): readonly Refusal[] {
  const asked = [
    ...Object.entries(spec.metrics ?? {}).map(([name, { source }]) => ({ field: `metrics.${name}`, source })),
    ...(spec.traffic === undefined ? [] : [{ field: 'traffic', source: spec.traffic.source }]),
  ];
  const names = Object.keys(spec.sources ?? {});
  const unknown = asked
    .filter(({ source }) => !names.includes(source))
    .map(({ field, source }): Refusal => {
      const expected = `a source that a policy defines: ${names.join(', ') || 'there is none'}`;
      const hint = `add it under spec.telemetry.sources, or correct the name`;
      return { code: 'policy', path: `policies:spec.telemetry.${field}.source`, expected, found: source, hint };
    });
  const faults = telemetryFaults('spec.telemetry', spec);
  return [
    ...unknown,
    ...faults.map(({ field, ...told }): Refusal => ({ code: 'policy', path: `policies:${field}`, ...told })),
  ];
}
