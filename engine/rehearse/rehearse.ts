// The rehearsal: pending files go up, down and up on a scratch server, in the order in which `up` will run them.
import type { Report } from "../events.ts";
import { fileId } from "../sources/fileId.ts";
import { readFiles } from "./faults.ts";
import { keepResult } from "./keptResults.ts";
import { foreseeRehearsal, type RehearsalOutlook, type RehearsalScope } from "./outlook.ts";
import { runPasses } from "./passes.ts";
import type { RehearsalResult } from "./result.ts";
import { withRehearsalServer, type RehearsalServer } from "./server.ts";
import { withStage } from "./stage.ts";
import { makeStart } from "./start.ts";

/** What to rehearse. */
export interface RehearseRequest extends RehearsalScope {
  /** Also where a result is kept. @default false */
  readonly fresh?: boolean;
  readonly report: Report;
  readonly signal: AbortSignal;
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
