import type { DelayModel } from './delay-model.ts';
import { score } from './delay-model.ts';
import type { Flight } from './flights.ts';
import { answer } from './serving.ts';

/** How a suite went, as evidence counts it. */
interface Suite {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

const NOON = { hour: 12, distance: 700 };

/** Runs the tests of a model: its numbers alone, then its file through the server's code. */
export function testModel(modelFile: string, flights: readonly Flight[]): readonly Suite[] {
  const model = JSON.parse(modelFile) as DelayModel;
  const scores = flights.map(({ question }) => score(model, question));
  const unit = [
    scores.every((value) => value > 0 && value < 1),
    new Set(scores).size > 100,
    score(model, { ...NOON, hour: 21 }) > score(model, { ...NOON, hour: 7 }),
    score(model, { ...NOON, origin: 'NOWHERE' }) === score(model, NOON),
  ];
  const answers = flights.slice(0, 500).map(({ question }) => answer(model, JSON.stringify(question)));
  const integration = [
    answers.every((text, index) => text === JSON.stringify({ probability: scores[index] })),
    answer(model, JSON.stringify(NOON)) !== '',
    refuses(() => answer(model, '{"hour": "noon"}')),
  ];
  return [suite('unit', unit), suite('integration', integration)];
}

function suite(name: string, results: readonly boolean[]): Suite {
  const passed = results.filter(Boolean).length;
  return { name, passed, failed: results.length - passed };
}

function refuses(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}
