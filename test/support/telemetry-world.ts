import { request as send } from 'undici';
import type { TelemetryWorld } from '../../src/telemetry/world.ts';

/** Returns a world that really asks over HTTP, and does not wait between tries. */
export function testTelemetryWorld(changes: Partial<TelemetryWorld> = {}): TelemetryWorld {
  return {
    env: {},
    get: async ({ url, headers, signal }) => {
      const answer = await send(url, { method: 'GET', headers, signal });
      return {
        status: answer.statusCode,
        header: (name) => [answer.headers[name] ?? []].flat()[0],
        body: answer.body,
      };
    },
    pause: () => new Promise((done) => void setImmediate(done)),
    random: () => 0.5,
    ...changes,
  };
}
