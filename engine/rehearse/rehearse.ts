// The rehearsal: pending files go up, down and up on a scratch server, in the order in which `up` will run them.
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import type { Report } from "../events.ts";
import { upToTarget } from "../plan/planRun.ts";
import type { Promoted } from "../plan/promoted.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { readFiles } from "./faults.ts";
import { keepResult, readKept } from "./keptResults.ts";
import { runPasses } from "./passes.ts";
import { planRehearsal, rehearsalDigest, type RehearsalPlan } from "./planRehearsal.ts";
import type { RehearsalResult } from "./result.ts";
import { ledgerWith, seeTarget, type SeenTarget } from "./seeTarget.ts";
import { withRehearsalServer, type RehearsalServer } from "./server.ts";
import { withStage } from "./stage.ts";
import { makeStart } from "./start.ts";

/** What to rehearse. */
export interface RehearseRequest {
  readonly migrations: readonly Migration[];
  /** The last file that is rehearsed. */
  readonly through: string | undefined;
  readonly promoted?: Promoted | undefined;
  /** Whose schema and history it begins with; an empty database, or `applied`, where it is undefined. */
  readonly target: DatabaseTarget | undefined;
  /** Without a target: the last file that counts as applied. */
  readonly applied?: string | undefined;
  /** Where databases may be made for it; a scratch cluster where it is undefined. */
  readonly server: DatabaseTarget | undefined;
  /** Also where a result is kept. @default false */
  readonly fresh?: boolean;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** What is known before anything is run. */
export interface RehearsalOutlook {
  readonly plan: RehearsalPlan;
  readonly digest: string;
  readonly seen: SeenTarget | undefined;
  readonly before: readonly Migration[];
  /** From an earlier time. */
  readonly kept: RehearsalResult | undefined;
}

/**
 * Looks at files and target, and for a kept result; runs nothing.
 * @throws LockstepError what a run would refuse before its first file, CONNECTION.
 */
export async function foreseeRehearsal(
  request: Omit<RehearseRequest, "report" | "signal">,
): Promise<RehearsalOutlook> {
  const { migrations, target, through, promoted, server } = request;
  const seen = target && (await seeTarget(target));
  const before =
    request.applied === undefined || seen ? [] : upToTarget(migrations, request.applied);
  const ledger = seen?.ledger ?? ledgerWith(before);
  const plan = planRehearsal({ ledger, migrations, through, promoted });
  const digest = rehearsalDigest(plan, {
    schemaDigest: seen?.snapshot.digest ?? "",
    before,
    serverMajor: seen?.snapshot.serverMajor,
    server: server?.display ?? "",
  });
  return { plan, digest, seen, before, kept: await readKept(digest) };
}

/**
 * Rehearses; a kept result of the very same files and schema is given back instead.
 * @throws LockstepError as `foreseeRehearsal` does; CONFIG, PROCESS_FAILED where no server can be had; INTERRUPTED.
 */
export async function rehearse(request: RehearseRequest): Promise<RehearsalResult> {
  const outlook = await foreseeRehearsal(request);
  if (outlook.kept && !request.fresh) return outlook.kept;
  const started = performance.now();
  const wish = {
    url: request.server,
    major: outlook.seen?.snapshot.serverMajor,
    report: request.report,
    signal: request.signal,
  };
  const result = await withRehearsalServer(wish, (server) =>
    onServer(server, { request, outlook, started }),
  );
  await keepResult(result);
  return result;
}

interface Rehearsal {
  readonly request: RehearseRequest;
  readonly outlook: RehearsalOutlook;
  readonly started: number;
}

async function onServer(
  server: RehearsalServer,
  { request, outlook, started }: Rehearsal,
): Promise<RehearsalResult> {
  const { plan, digest, seen, before } = outlook;
  const { migrations, report } = request;
  const name = seen?.target.database;
  return withStage(server, { plan, name }, async (stage) => {
    const database = server.target(stage.start);
    const made = await makeStart(server, { database, migrations, seen, before, report });
    const passes = await runPasses(stage, report);
    const findings = [
      ...[...made.findings, ...stage.findings],
      ...[...readFiles(plan.staged), ...passes.findings],
    ];
    return {
      verdict: findings.some(({ severity }) => severity === "error") ? "failed" : "passed",
      ...{ digest, at: new Date().toISOString() },
      durationMs: Math.round(performance.now() - started),
      ...{ serverVersion: server.version, start: made.kind, initial: plan.initial },
      files: plan.staged.map(fileId),
      findings,
      statements: passes.statements,
    };
  });
}
