import { MregError } from '../documents/error.ts';
import { policiesFor } from '../registry/view.ts';
import { openTelemetry } from '../telemetry/open-telemetry.ts';
import type { Telemetry } from '../telemetry/port.ts';
import { telemetryOf, type TelemetryConfig } from '../telemetry/telemetry-config.ts';
import type { Outside } from './outside.ts';
import type { Session } from './session.ts';
import { telemetryWorld } from './telemetry-world.ts';

/** What measures a model, and how often. */
export interface OpenTelemetry {
  readonly telemetry: Telemetry;
  readonly everyMs: number;
}

/** Where measurements come from, opened once for all models that are measured alike. */
export interface Telemetries {
  /** Returns what measures a model; undefined where no policy says it. Throws MregError where two policies contradict each other. */
  readonly of: (session: Session, model: string) => OpenTelemetry | undefined;
  /** How often the policies want rollouts to be looked at: the shortest of those that were asked for, else 30 s. */
  readonly everyMs: () => number;
  readonly close: () => Promise<void>;
}

const DEFAULT_EVERY_MS = 30_000;

/** Returns the telemetry of every model, opened when it is first asked for; `sources` are `name=url`, as this machine sees them. */
export function openTelemetries(outside: Outside, sources: readonly string[]): Telemetries {
  const urls = new Map(sources.map(parseSource));
  const opened = new Map<string, OpenTelemetry>();
  const of: Telemetries['of'] = ({ view }, model) => {
    const policies = policiesFor(view, model).filter(({ body }) => body.spec.telemetry !== undefined);
    if (policies.length === 0) return undefined;
    const key = policies.map(({ path, digest }) => `${path} ${digest}`).join('\n');
    const known = opened.get(key);
    if (known !== undefined) return known;
    const config = configOf(policies, model);
    const made = { telemetry: openTelemetry(config, telemetryWorld(outside, urls)), everyMs: config.everyMs };
    opened.set(key, made);
    return made;
  };
  return {
    of,
    everyMs: () => Math.min(...everyOf(opened.values())),
    close: async () => {
      for (const { telemetry } of opened.values()) await telemetry.close();
    },
  };
}

function everyOf(opened: Iterable<OpenTelemetry>): readonly number[] {
  const every = [...opened].map(({ everyMs }) => everyMs);
  return every.length === 0 ? [DEFAULT_EVERY_MS] : every;
}

function configOf(policies: Parameters<typeof telemetryOf>[0], model: string): TelemetryConfig {
  const reading = telemetryOf(policies);
  if (reading.ok) return reading.value;
  throw new MregError('refused', `the policies of ${model} do not agree on how it is measured`, {
    refusals: reading.refusals,
    hint: 'mreg policy show',
  });
}

function parseSource(text: string): readonly [string, string] {
  const [, name, url] = /^([a-z0-9][a-z0-9_-]*)=(https?:\/\/\S+)$/.exec(text) ?? [];
  if (name !== undefined && url !== undefined) return [name, url];
  throw new MregError('usage', `--source "${text}" is not <name>=<url>`, {
    hint: '--source prom=http://127.0.0.1:9090',
  });
}
