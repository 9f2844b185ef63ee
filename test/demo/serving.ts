import { score, type DelayModel } from './delay-model.ts';
import type { Flight } from './flights.ts';
import { percentile95 } from './measurements.ts';

/** Answers one request, text in and text out, as a server would. */
export function answer(model: DelayModel, request: string): string {
  const probability = score(model, JSON.parse(request) as Flight['question']);
  if (!Number.isFinite(probability)) throw new Error('no answer');
  return JSON.stringify({ probability });
}

/** Sends every flight as a request, timing each answer. Every tenth lacks all that may be missing. */
export function serve(modelFile: string, flights: readonly Flight[]): Record<string, number> {
  const model = JSON.parse(modelFile) as DelayModel;
  const requests = flights.map(({ question: { hour, distance, ...rest } }, index) =>
    JSON.stringify({ hour, distance, ...(index % 10 === 0 ? {} : rest) }),
  );
  const times: number[] = [];
  let errors = 0;
  for (const request of requests) {
    const started = performance.now();
    try {
      answer(model, request);
    } catch {
      errors += 1;
    }
    times.push(performance.now() - started);
  }
  return { latency_p95_ms: Number(percentile95(times).toFixed(4)), error_rate: errors / requests.length };
}
