// Contract proves by itself, from the ledger and under the lease, that it may run: no graph can be trusted with it.
import type { ClientBase } from "pg";
import { readOldSessions, describeSession } from "../drain/sessions.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { openRoles, readLogin } from "../fence/fence.ts";
import { lastEvent } from "../ledger/record.ts";
import type { ReleaseContext } from "../ledger/releases.ts";

/** What contract needs to know to judge. */
export interface ReadinessOptions {
  readonly release: ReleaseContext;
  /** A backup older than this does not count, ms. */
  readonly backupMaxAgeMs: number;
  /** application_name values (LIKE patterns) that are known not to be the app's. */
  readonly allowedApplications: readonly string[];
  readonly releaseId: string;
  /** Somebody answers for a backup of their own. */
  readonly backupWaived?: boolean;
}

/** How a run by hand stands to backups, which only a release takes. */
export interface BackupByHand {
  /** Whether contract needs one, or a reason why not: anywhere but on a stack to try things on. */
  readonly required: boolean;
  /** What stands in for it, for the ledger. */
  readonly waived: string | undefined;
}

/** A backup older than this is taken again unless told otherwise: a day, in ms. */
export const DEFAULT_BACKUP_MAX_AGE_MS = 86_400_000;

/**
 * Checks gate, drain, backup and sessions for this release, in the ledger and in the server.
 * @throws LockstepError NOT_READY_FOR_CONTRACT with everything that is missing at once.
 */
export async function ensureReadyForContract(
  client: ClientBase,
  options: ReadinessOptions,
): Promise<void> {
  const { release } = options;
  const missing: string[] = [];
  // The last word on any release's health: a later gate or rollback of another release voids this one's.
  const verdict = await lastEvent(client, ["gate", "rollback"]);
  const passed =
    verdict?.kind === "gate" &&
    verdict.release === release.digest &&
    "verdict" in verdict.data &&
    verdict.data.verdict === "pass";
  if (!passed) missing.push("its health gate has not passed since the last rollout");
  const since = passed ? verdict.seq : 0n;
  const drain = await lastEvent(client, ["drain"], release.digest);
  if (!drain || drain.seq < since) missing.push("older releases were not drained after the gate");
  const backup = await lastEvent(client, ["backup"], release.digest);
  if (options.backupWaived) {
    // Nothing to look for.
  } else if (!backup || backup.seq < since || backup.data.before !== "contract") {
    missing.push("no backup was taken for this contract");
  } else if (backup.ageMs > options.backupMaxAgeMs) {
    missing.push(
      `the backup ${backup.data.id} is ${hours(backup.ageMs)} h old (at most ${hours(options.backupMaxAgeMs)} h)`,
    );
  }
  const login = await readLogin(client, release.digest);
  if (login) {
    if (drain && drain.data.by !== "logins") {
      missing.push("the drain did not close the logins of older releases");
    }
    const open = await openRoles(client, login);
    missing.push(...open.map((role) => `an older release may log in again: role ${role}`));
  }
  const sessions = await readOldSessions(client, { ...options, login: login?.role });
  missing.push(
    ...sessions.map(
      (session) => `an older release may still be connected: ${describeSession(session)}`,
    ),
  );
  if (missing.length === 0) return;
  throw new LockstepError(
    "NOT_READY_FOR_CONTRACT",
    `Contract of release ${release.label} may not run yet`,
    {
      where: `release ${release.digest.slice(0, 12)}`,
      seen: missing.join("\n"),
      likely:
        "contract was started on its own (--target), or its release was rolled back or replaced",
      next: "run `pulumi up` without --target: it does what is missing first",
    },
  );
}

/**
 * Holds contract by hand, on a database that knows no release, to a backup: there is none of lockstep's to find.
 * @throws LockstepError NOT_READY_FOR_CONTRACT unless it is waived or not required.
 */
export function ensureBackedUpByHand(
  files: readonly string[],
  backup: BackupByHand | undefined,
): void {
  if (!backup?.required || backup.waived !== undefined) return;
  throw new LockstepError(
    "NOT_READY_FOR_CONTRACT",
    "Contract by hand has no backup to go back to",
    {
      seen: `${files.join(", ")}; no release of lockstep's has taken one here`,
      likely: "only `pulumi up` takes a backup and proves it; a run by hand relies on yours",
      next: 'take one, then say which: lockstep migrate --without-backup "snapshot of 09:00, restored to test"',
    },
  );
}

function hours(ms: number): string {
  return (ms / 3_600_000).toFixed(1);
}
