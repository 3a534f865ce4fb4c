// The active release: opened by expand, asserted by each step, closed by verification, rollback or failure.
import type { ClientBase } from "pg";
import { DatabaseError } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { readReleases, type ReleaseRow, type ReleaseState } from "./ledger.ts";
import { recordEvent } from "./record.ts";

/** A release as its steps name it. */
export interface ReleaseContext {
  /** sha256, hex: its identity. */
  readonly digest: string;
  readonly label: string;
  /** `label#n`: lets a release that was rolled back n times be tried once more. */
  readonly allowRetry?: string;
}

/**
 * Refuses a release that was rolled back, or that would interleave with another one.
 * @throws LockstepError ROLLED_BACK_BEFORE or RELEASE_ACTIVE.
 */
export function ensureAdmissible(releases: readonly ReleaseRow[], release: ReleaseContext): void {
  const known = releases.find((row) => row.digest === release.digest);
  const retry = known && `${known.label}#${String(known.rollbacks)}`;
  if (known?.state === "rolledBack" && release.allowRetry !== retry) {
    throw new LockstepError(
      "ROLLED_BACK_BEFORE",
      `Release ${known.label} was rolled back and has not changed since`,
      {
        where: `release ${known.digest.slice(0, 12)}`,
        seen: `rolled back ${String(known.rollbacks)} time${known.rollbacks === 1 ? "" : "s"}, last at ${known.changedAt.toISOString()}`,
        likely: "its health gate failed (lockstep history shows why)",
        next: `release something that differs, or try this very one again: pulumi config set lockstep:allowRetry '${retry ?? ""}'`,
      },
    );
  }
  ensureNoneActive(releases.filter((row) => row.digest !== release.digest));
}

/**
 * Refuses work by hand in the middle of a release.
 * @throws LockstepError RELEASE_ACTIVE
 */
export function ensureNoneActive(releases: readonly ReleaseRow[]): void {
  const other = releases.find((row) => row.state === "active");
  if (!other) return;
  throw new LockstepError("RELEASE_ACTIVE", `Release ${other.label} is still under way`, {
    where: `release ${other.digest.slice(0, 12)}`,
    seen: `opened ${other.openedAt.toISOString()}`,
    likely: "its `pulumi up` was killed, or runs right now from another place",
    next: `finish it with its own \`pulumi up\`, or end it: lockstep abandon`,
  });
}

/** The command that makes a release the active one. */
export const OPEN_RELEASE = `INSERT INTO lockstep.release (digest, label, state) VALUES ($1, $2, 'active')
       ON CONFLICT (digest) DO UPDATE SET state = 'active', changed_at = clock_timestamp()`;

/**
 * Makes `release` the active one; call it under the lease.
 * @throws LockstepError as `ensureAdmissible` does.
 */
export async function openRelease(client: ClientBase, release: ReleaseContext): Promise<void> {
  const releases = await readReleases(client);
  ensureAdmissible(releases, release);
  if (releases.find((row) => row.digest === release.digest)?.state === "active") return;
  try {
    await client.query(OPEN_RELEASE, [release.digest, release.label]);
  } catch (error) {
    // Steps that work without the lease may meet here; the index lets one through, the other hears who it was.
    if (error instanceof DatabaseError && error.code === "23505")
      ensureAdmissible(await readReleases(client), release);
    throw error;
  }
  await recordEvent(client, {
    release: release.digest,
    kind: "opened",
    data: { label: release.label },
  });
}

/**
 * Ends the active release. Only `digest` itself is closed: a late step of an older release cannot
 * close a newer one.
 * @returns false when it was not the active one.
 */
export async function closeRelease(
  client: ClientBase,
  digest: string,
  end: { readonly state: Exclude<ReleaseState, "active">; readonly why: string },
): Promise<boolean> {
  const closed = await client.query(
    `UPDATE lockstep.release SET state = $2, changed_at = clock_timestamp(),
       rollbacks = rollbacks + ($2 = 'rolledBack')::int
     WHERE digest = $1 AND state = 'active'`,
    [digest, end.state],
  );
  if (closed.rowCount === 0) return false;
  await recordEvent(client, { release: digest, kind: "closed", data: end });
  return true;
}

/** Whether a contract file of this release was applied: then the release before cannot run any more. */
export async function hasContracted(client: ClientBase, digest: string): Promise<boolean> {
  const found = await client.query(
    "SELECT FROM lockstep.migration WHERE release = $1 AND stage = 'contract' LIMIT 1",
    [digest],
  );
  return found.rowCount === 1;
}

/**
 * Remembers that a release was taken back, whatever its state was: it is refused until it changes.
 * @returns how often it was taken back.
 */
export async function rollBackRelease(
  client: ClientBase,
  digest: string,
  back: { readonly to: string | null; readonly why: string },
): Promise<number> {
  await recordEvent(client, { release: digest, kind: "rollback", data: back });
  const closed = await client.query<{ rollbacks: number }>(
    `UPDATE lockstep.release SET state = 'rolledBack', changed_at = clock_timestamp(),
       rollbacks = rollbacks + (state <> 'rolledBack')::int
     WHERE digest = $1 RETURNING rollbacks`,
    [digest],
  );
  const data = { state: "rolledBack", why: back.why };
  await recordEvent(client, { release: digest, kind: "closed", data });
  return closed.rows[0]?.rollbacks ?? 0;
}
