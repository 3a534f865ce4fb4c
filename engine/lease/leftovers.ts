// What a runner that was killed left running in the server is found by its name and ended.
import { setTimeout as delay } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { Report } from "../events.ts";

/** How long to wait for an ended backend to be gone, ms; index builds take a moment to clean up. */
const GONE_WITHIN_MS = 30_000;
const POLL_MS = 100;

/** The application_name of a runner's working connection. */
export function runnerName(token: bigint): string {
  return `lockstep:${token.toString()}`;
}

/**
 * Ends the sessions that worked under `token` and waits until they are gone. Killing a client does
 * not end a statement that runs in the server (ENGINE.md rule 3).
 * @returns how many were ended.
 */
export async function endLeftovers(
  client: ClientBase,
  token: bigint,
  report: Report,
): Promise<number> {
  const name = runnerName(token);
  const found = await client.query<{ pid: number; query: string }>(
    "SELECT pid, left(query, 120) AS query, pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()",
    [name],
  );
  for (const row of found.rows) {
    report(
      "warn",
      `ended session ${String(row.pid)}, left behind by a killed runner: ${row.query.split("\n")[0] ?? ""}`,
    );
  }
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (found.rows.length > 0 && performance.now() < deadline) {
    const left = await client.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()",
      [name],
    );
    if (left.rows[0]?.n === 0) break;
    await delay(POLL_MS);
  }
  return found.rows.length;
}
