// How far a restore is: the growth of its database, and how much longer it may take where the size to come is known.
import { remainingText } from "../backup/remainingTime.ts";
import { formatBytes } from "../backup/space.ts";
import { close, connect } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import type { Report } from "../events.ts";
import { APPLICATION } from "./server.ts";
import type { RestoreSource } from "./source.ts";

const EVERY_MS = 1_000;

/** Reports the size of the database `into` until the returned function is called. Never throws. */
export function watchLoad(
  into: DatabaseTarget,
  { source, report }: { readonly source: RestoreSource; readonly report: Report },
): () => Promise<void> {
  // A plain dump tells how far it is by what was read of it.
  if (source.kind === "plain") return () => Promise.resolve();
  const whole = source.kind === "backup" ? source.manifest.databaseBytes : undefined;
  const startedMs = performance.now();
  const connection = connect(into, APPLICATION).catch(() => undefined);
  let isAsking = false;
  const say = async () => {
    const client = await connection;
    if (client === undefined || isAsking) return;
    isAsking = true;
    try {
      const { rows } = await client.query<{ bytes: string }>(
        "SELECT pg_database_size(current_database()) AS bytes",
      );
      const bytes = Number(rows[0]?.bytes ?? 0);
      const far = whole === undefined ? "" : ` of about ${formatBytes(whole)}`;
      const left = remainingText({ done: bytes, total: whole, startedMs });
      report("progress", `restore: ${formatBytes(bytes)}${far} restored${left}`, { bytes });
    } finally {
      isAsking = false;
    }
  };
  const ticker = setInterval(() => void say().catch(() => undefined), EVERY_MS);
  return async () => {
    clearInterval(ticker);
    const client = await connection;
    if (client) await close(client);
  };
}
