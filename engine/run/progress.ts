// How far a long statement is: read from the server's progress views on a connection of its own while it runs.
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { close, connect } from "../drivers/postgres/connect.ts";
import { readProgress } from "../drivers/postgres/progress.ts";
import type { Run } from "./workSession.ts";

/** Before the first look and between two, ms: what is over sooner needs no progress. */
const LOOK_EVERY_MS = 1_000;

/** Does `work`, and reports meanwhile how far the session's statement is. Each look is a transaction of a moment. */
export async function withProgress<T>(run: Run, what: string, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const watching = watch(run, what, over.signal);
  try {
    return await work();
  } finally {
    over.abort();
    await watching;
  }
}

async function watch(run: Run, what: string, over: AbortSignal): Promise<void> {
  let client: Client | undefined;
  let said = "";
  try {
    for (;;) {
      await delay(LOOK_EVERY_MS, undefined, { signal: over });
      client ??= await connect(run.session.target, { applicationName: "lockstep:watch" });
      const line = await readProgress(client, run.session.pid);
      if (line === undefined || line === said || over.aborted) continue;
      said = line;
      run.report("progress", `${what}: ${line}`);
    }
  } catch {
    // Over, or the server is away: the statement itself will tell.
  } finally {
    if (client) await close(client);
  }
}
