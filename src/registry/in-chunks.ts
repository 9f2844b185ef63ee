/** What is asked of git at once: enough that one answer is read while the next is on its way, few enough for memory. */
const CHUNK = 128;

/** Returns `work` of every item in their order, a chunk of them at a time, so that many small reads share one round trip. */
export async function inChunks<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const found: R[] = [];
  for (let start = 0; start < items.length; start += CHUNK) {
    found.push(...(await Promise.all(items.slice(start, start + CHUNK).map(work))));
  }
  return found;
}
