// Verification: is the release really complete? Its files, its gate and its verify scripts say so, then it is closed.
import type { Client } from "pg";
import { cancelOnAbort } from "../backup/interrupted.ts";
import { close, connectWhenReady } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { dropOldLogins } from "../fence/dropOldLogins.ts";
import { readLedger, type LedgerState } from "../ledger/ledger.ts";
import { lastEvent, recordEvent } from "../ledger/record.ts";
import { closeRelease, openRelease, type ReleaseContext } from "../ledger/releases.ts";
import { hasLedger } from "../ledger/schema.ts";
import { isDone } from "../plan/done.ts";
import { upToTarget } from "../plan/planRun.ts";
import { isUnproven, type Promoted } from "../plan/promoted.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { splitByApproval, type Approval } from "./approval.ts";
import { unwrapScript } from "./companion.ts";
import { verifyAlone } from "./verifyScript.ts";

/** What a verification is given. */
export interface VerifyOptions {
  readonly target: DatabaseTarget;
  readonly migrations: readonly Migration[];
  readonly through: string | undefined;
  readonly stack: string;
  readonly approval: Approval | undefined;
  /** How far another stack has run the contract files; no bound where it is missing. */
  readonly promoted?: Promoted | undefined;
  readonly release: ReleaseContext;
  readonly wait: { readonly attempts: number; readonly intervalMs: number };
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** What it found. */
export interface VerifyResult {
  /** `pending`: approved contract files were not applied, so the release is not finished. */
  readonly verdict: "pass" | "pending";
  /** Verify scripts that ran. */
  readonly scripts: number;
  /** Contract files that wait for approval. */
  readonly waiting: readonly string[];
  /** The highest contract file that is applied, as written; null when there is none. */
  readonly contractThrough: string | null;
}

/**
 * Verifies the release in the database and closes it.
 * @throws LockstepError VERIFICATION_FAILED when expand files are missing, the gate has not passed
 * or a script finds a fault; INTERRUPTED when `signal` aborts, which ends a script in the server too. The release is then `failed`.
 */
export async function verifyRelease(options: VerifyOptions): Promise<VerifyResult> {
  const client = await connectWhenReady(options.target, {
    applicationName: "lockstep:verify",
    ...options.wait,
    report: options.report,
    signal: options.signal,
  });
  const unwatch = await cancelOnAbort(client, options.target, options.signal);
  try {
    const { release } = options;
    if (!(await hasLedger(client))) throw unfinished(release, "this database has no ledger");
    await openRelease(client, release);
    try {
      return await verifyOpen(options, client);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // Where the server is away, too, the release stays active; what went wrong first is what is told.
      await closeRelease(client, release.digest, { state: "failed", why }).catch(() => false);
      throw error;
    }
  } catch (error) {
    throw options.signal.aborted ? interrupted(options.release, error) : error;
  } finally {
    unwatch();
    await close(client);
  }
}

function interrupted({ label }: ReleaseContext, cause: unknown): LockstepError {
  return new LockstepError("INTERRUPTED", `The verification of release ${label} was interrupted`, {
    next: "run `pulumi up` again: what is applied stays, and is verified then",
    cause,
  });
}

async function verifyOpen(options: VerifyOptions, client: Client): Promise<VerifyResult> {
  const { release, report } = options;
  const ledger = await readLedger(client);
  const open = openFiles(options, ledger);
  const expand = open.filter((file) => file.stage === "expand");
  if (expand.length > 0) {
    throw unfinished(release, `expand files not applied: ${expand.map(fileId).join(", ")}`);
  }
  const gate = await lastEvent(client, ["gate", "rollback"]);
  const passed =
    gate?.release === release.digest && "verdict" in gate.data && gate.data.verdict === "pass";
  if (!passed) throw unfinished(release, "its health gate has not passed");
  const scripts = await runScripts(
    options,
    client,
    lastStageOf(release, ledger, options.migrations),
  );
  const isTaken = (file: Migration) => !isUnproven(file.number, options.promoted);
  const covered = splitByApproval(open, { ...options, ledger }).covered.filter(isTaken);
  const waiting = open.filter((file) => !covered.includes(file));
  const contracts = ledger.applied.filter(
    (row) => row.stage === "contract" && row.state === "applied",
  );
  const result: VerifyResult = {
    verdict: covered.length > 0 ? "pending" : "pass",
    scripts,
    waiting: waiting.map(fileId),
    contractThrough: contracts.at(-1)?.label ?? null,
  };
  await recordEvent(client, {
    release: release.digest,
    kind: "verification",
    data: { scripts, waiting: result.waiting },
  });
  if (covered.length > 0) {
    report(
      "warn",
      `contract files are approved but not applied: ${covered.map(fileId).join(", ")}`,
    );
    return result;
  }
  await dropOldLogins(client, release.digest, report);
  await closeRelease(client, release.digest, { state: "verified", why: "verified" });
  return result;
}

function openFiles(options: VerifyOptions, ledger: LedgerState): readonly Migration[] {
  const rows = new Map(ledger.applied.map((row) => [row.number, row]));
  return upToTarget(options.migrations, options.through).filter(
    (file) => !isDone(file, rows.get(file.order)),
  );
}

/** Scripts of expand files may rely on what contract removed: only the stage that ran last is asked. */
function lastStageOf(
  release: ReleaseContext,
  ledger: LedgerState,
  migrations: readonly Migration[],
): readonly Migration[] {
  const mine = ledger.applied.filter((row) => row.release === release.digest);
  const stage = mine.some((row) => row.stage === "contract") ? "contract" : "expand";
  const numbers = new Set(mine.filter((row) => row.stage === stage).map((row) => row.number));
  return migrations.filter((file) => numbers.has(file.order));
}

async function runScripts(
  options: VerifyOptions,
  client: Client,
  files: readonly Migration[],
): Promise<number> {
  let scripts = 0;
  for (const { verify } of files) {
    if (verify === undefined) continue;
    options.report("progress", `verifying: ${verify.path}`);
    try {
      await verifyAlone(
        async (sql) => [await client.query<Record<string, unknown>>(sql)].flat(),
        await unwrapScript(verify),
        "everything of this release stays applied",
      );
    } finally {
      await client.query("ROLLBACK").catch(() => undefined);
    }
    scripts += 1;
  }
  return scripts;
}

function unfinished(release: ReleaseContext, seen: string): LockstepError {
  return new LockstepError("VERIFICATION_FAILED", `Release ${release.label} is not complete`, {
    where: `release ${release.digest.slice(0, 12)}`,
    seen,
    likely:
      "verification was started on its own (--target), or a step before it was left out (--exclude)",
    next: "run `pulumi up` without --target and --exclude",
  });
}
