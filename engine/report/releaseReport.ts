// What a release's report holds, read from the ledger in one snapshot; the files' SQL comes from the folder.
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { readEventChain, type EventChain } from "../ledger/eventChain.ts";
import { readLedger, type AppliedMigration, type ReleaseRow } from "../ledger/ledger.ts";
import { readEvents, type LedgerEvent } from "../ledger/record.ts";

/** Events of one release at most; a gate of a day at one check in ten seconds makes 8,640. */
const MOST_EVENTS = 20_000;
/** Of a digest this many digits name a release. */
const LEAST_DIGITS = 6;

/** A release as the ledger knows it. */
export interface ReleaseReport {
  readonly release: ReleaseRow;
  /** `host:port/database`. */
  readonly database: string;
  /** The first one first. */
  readonly events: readonly LedgerEvent[];
  /** The files that it applied and that are applied still, in the order of the ledger. */
  readonly applied: readonly AppliedMigration[];
  readonly chain: EventChain;
}

/**
 * Reads the release that `name` names: its label (the latest of that label) or the start of its digest.
 * @throws LockstepError USAGE with the releases that are there.
 */
export async function readReleaseReport(
  target: DatabaseTarget,
  name: string,
): Promise<ReleaseReport> {
  return withConnection(target, { applicationName: "lockstep:report" }, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const { applied, releases, exists } = await readLedger(client);
    const release = releases.findLast(
      ({ label, digest }) =>
        label === name || (name.length >= LEAST_DIGITS && digest.startsWith(name)),
    );
    if (!release || !exists) throw unknownRelease(name, { releases, where: target.display });
    const { digest } = release;
    const events = await readEvents(client, { release: digest, limit: MOST_EVENTS });
    const chain = await readEventChain(client);
    await client.query("COMMIT");
    return {
      ...{ release, database: target.display, chain, events: events.toReversed() },
      applied: applied
        .filter((row) => row.release === digest)
        .toSorted((a, b) => (a.seq < b.seq ? -1 : 1)),
    };
  });
}

function unknownRelease(
  name: string,
  { releases, where }: { readonly releases: readonly ReleaseRow[]; readonly where: string },
): LockstepError {
  const known = [...new Set(releases.map(({ label }) => label))].slice(-10);
  return new LockstepError("USAGE", `The ledger knows no release ${name}`, {
    where,
    seen: known.length > 0 ? `releases: ${known.join(", ")}` : "no release at all",
    next: `lockstep report ${known.at(-1) ?? "RELEASE"}`,
  });
}
