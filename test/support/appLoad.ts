// Load on the app of the process tests.
import type { TestApp } from "./processApp.ts";

/** What became of the requests. */
export interface LoadResult {
  readonly answered: number;
  /** How requests ended that were let in and not answered. */
  readonly broken: readonly string[];
  /** The releases that answered, in the order of their first answer. */
  readonly releases: readonly string[];
}

/** Asks the app over and over. A refused connection is not let in; it is asked again. */
export function startLoad(app: TestApp): { stop(): Promise<LoadResult> } {
  let isOn = true;
  let answered = 0;
  const broken: string[] = [];
  const releases: string[] = [];
  const client = async () => {
    while (isOn) {
      try {
        const { release = "" } = await app.ask();
        answered += 1;
        if (!releases.includes(release)) releases.push(release);
      } catch (error) {
        const cause = error instanceof Error ? error.cause : undefined;
        const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(error);
        if (code !== "ECONNREFUSED") broken.push(code);
      }
    }
  };
  const clients = Promise.all([client(), client(), client()]);
  return {
    async stop() {
      isOn = false;
      await clients;
      return { answered, broken, releases };
    },
  };
}
