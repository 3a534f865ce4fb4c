// Several files at once: most of their time is waiting for the disk.

/** Node's own pool of threads for files has four. */
const AT_ONCE = 4;

/**
 * `work` on each of `items`, a few at once; results in their order. The first error ends it: no
 * further item is begun, and it is thrown once those at work are done.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  let hasFailed = false;
  const worker = async () => {
    for (let i = next++; i < items.length && !hasFailed; i = next++) {
      try {
        results[i] = await work(items[i] as Item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return results;
}
