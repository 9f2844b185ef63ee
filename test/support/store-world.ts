import type { StoreWorld } from '../../src/artifacts/store-world.ts';

/** Returns the world of a store in a test: a home of the test's own, nothing in the environment, and no real waiting. */
export function storeWorld(home: string, env: StoreWorld['env'] = {}): StoreWorld {
  return { env, home, now: () => new Date(), pause: () => new Promise((done) => void setImmediate(done)) };
}
