import { openHttp } from '../artifacts/oci/http.ts';
import type { TelemetryWorld } from '../telemetry/world.ts';
import type { Outside } from './outside.ts';
import { rowsReader } from './telemetry-rows.ts';

/** Returns the world as telemetry meets it; `urls` are addresses of sources as this machine sees them. */
export function telemetryWorld(outside: Outside, urls: ReadonlyMap<string, string>): TelemetryWorld {
  const { env, pause } = outside;
  return {
    env,
    pause,
    get: openHttp(outside),
    random: Math.random,
    urlOf: (source) => urls.get(source),
    readRows: rowsReader(outside),
  };
}
