// Load on the app of the process tests.
import type { TestApp } from "./processApp.ts";

/** What became of the requests. */
export interface LoadResult {
  readonly answered: number;
  /** The releases that answered, in the order of their first answer. */
  readonly releases: readonly string[];
}

/**
 * Asks the app over and over. A connection that is refused, or reset because it was still in the
 * kernel's queue when the old listener closed, is made again, as any client would.
 */
export function startLoad(app: TestApp): { stop(): Promise<LoadResult> } {
  let isOn = true;
  let answered = 0;
  const releases: string[] = [];
  const client = async () => {
    while (isOn) {
      const answer = await app.ask().catch(() => undefined);
      if (answer === undefined) continue;
      answered += 1;
      const { release = "" } = answer;
      if (!releases.includes(release)) releases.push(release);
    }
  };
  const clients = Promise.all([client(), client(), client()]);
  return {
    async stop() {
      isOn = false;
      await clients;
      return { answered, releases };
    },
  };
}
