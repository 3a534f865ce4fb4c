// Waits for something that another process does.
import { setTimeout as delay } from "node:timers/promises";

/** How long anything may take before a test calls it missing; generous, since machines differ. */
const LIMIT_MS = 30_000;

/** The first value of `look` that is not undefined or false, asked for every 20 ms. Throws after 30 s. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() - startedMs > LIMIT_MS) throw new Error(`never came: ${what}`);
    await delay(20);
  }
}
