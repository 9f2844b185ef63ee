import { MemoryStore } from '../../src/artifacts/memory-store.ts';
import { describeArtifactStore, hoursAgo } from '../contracts/artifact-store.contract.ts';

describeArtifactStore('the memory store', () => {
  const store = new MemoryStore();
  return {
    store,
    tamper: (area, digest, bytes) => {
      if (bytes === undefined) store[area].delete(digest);
      else store[area].set(digest, { bytes, storedAt: new Date() });
      return Promise.resolve();
    },
    age: (hours) => {
      for (const area of [store.files, store.manifests]) {
        for (const [digest, stored] of area) area.set(digest, { ...stored, storedAt: hoursAgo(hours) });
      }
      return Promise.resolve();
    },
  };
});
