// Named points of the history: marks that somebody set, and the releases that were verified.
import type { Client } from "pg";
import { connect, close } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { readLedger, rowId } from "../ledger/ledger.ts";
import { recordEvent } from "../ledger/record.ts";
import { hasLedger } from "../ledger/schema.ts";

/**
 * Sets the mark `name` behind what is applied now; one of the same name moves there.
 * @returns the last file that is applied, or undefined where there is none.
 * @throws LockstepError NEEDS_BASELINE without a ledger.
 */
export async function setMark(target: DatabaseTarget, name: string): Promise<string | undefined> {
  const client = await connect(target, { applicationName: "lockstep:mark" });
  try {
    if (!(await hasLedger(client))) {
      throw new LockstepError("NEEDS_BASELINE", "There is no ledger to set a mark in", {
        where: target.display,
        next: "lockstep migrate makes it",
      });
    }
    const { applied } = await readLedger(client);
    const last = applied.toSorted((a, b) => (a.seq < b.seq ? -1 : 1)).at(-1);
    const data = { name, seq: (last?.seq ?? 0n).toString() };
    await recordEvent(client, { release: null, kind: "mark", data });
    return last && rowId(last);
  } finally {
    await close(client);
  }
}

/**
 * The place in the ledger's order up to which everything stays: that of the latest mark `name`, else
 * of the last time that a release with this label was verified.
 * @throws LockstepError CONFIG for a name that is neither.
 */
export async function readPoint(client: Client, name: string): Promise<bigint> {
  const found = await client.query<{ seq: string | null }>(
    `SELECT coalesce(
       (SELECT (data->>'seq')::bigint FROM lockstep.event WHERE kind = 'mark' AND data->>'name' = $1 ORDER BY seq DESC LIMIT 1),
       (SELECT coalesce((SELECT max(m.seq) FROM lockstep.migration m WHERE m.applied_at <= e.at), 0)
        FROM lockstep.event e JOIN lockstep.release r ON r.digest = e.release
        WHERE e.kind = 'closed' AND e.data->>'state' = 'verified' AND r.label = $1 ORDER BY e.seq DESC LIMIT 1)
     )::text AS seq`,
    [name],
  );
  const seq = found.rows[0]?.seq;
  if (seq !== undefined && seq !== null) return BigInt(seq);
  const known = await client.query<{ name: string }>(
    `SELECT DISTINCT name FROM (
       SELECT data->>'name' AS name FROM lockstep.event WHERE kind = 'mark'
       UNION ALL SELECT r.label FROM lockstep.event e JOIN lockstep.release r ON r.digest = e.release
         WHERE e.kind = 'closed' AND e.data->>'state' = 'verified') points ORDER BY 1 LIMIT 20`,
  );
  throw new LockstepError("CONFIG", "There is no point of this name to go back to", {
    seen: name,
    likely: "it is no mark and no release that was verified here",
    next: `use one of: ${known.rows.map((row) => row.name).join(", ") || "(none yet; lockstep mark NAME sets one)"}`,
  });
}
