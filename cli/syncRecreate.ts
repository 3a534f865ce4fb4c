// `lockstep sync --recreate`: a development database is dropped and made anew from the files, after two answers.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withConnection } from "../engine/drivers/postgres/connect.ts";
import { type DatabaseTarget, parseTarget } from "../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../engine/errors/lockstepError.ts";
import { silent } from "../engine/events.ts";
import { withLease } from "../engine/lease/lease.ts";
import { hasLedger } from "../engine/ledger/schema.ts";
import { describeSessions, findSessions } from "../engine/restore/server.ts";
import { ensureRecreatable, recreateDatabase } from "../engine/sync/recreateDatabase.ts";
import { runMigrate } from "./commands/migrate.ts";
import type { CommandContext, Outcome } from "./context.ts";
import { type ApplyOptions, offerBackup } from "./syncApply.ts";

const APPLICATION = { applicationName: "lockstep:sync" } as const;

/**
 * Shows what would be lost, asks, drops and makes anew. The caller has seen that the stack is one for development.
 * @throws LockstepError USAGE where the stack has no file that marks it, LEASE_NOT_OBTAINED while a run is under way, PRIVILEGE.
 */
export async function recreate(options: ApplyOptions, context: CommandContext): Promise<Outcome> {
  ensureMarked(options.stack, context.cwd);
  const target = parseTarget(context.env);
  ensureRecreatable(target);
  for (const line of await lossLines(target)) context.say(line, "warn");
  const kept = {
    json: { recreated: false },
    lines: ["nothing was changed"],
    exitCode: EXIT_CODES.failed,
  };
  if (!(await context.ask(`Drop ${target.display} with all that is in it?`))) return kept;
  const typed = await context.askLine(`Its name once more, to be sure (${target.host}): `);
  if (typed !== target.database) return kept;
  if ((await offerBackup(options, context)) === "unproven")
    return { ...kept, lines: ["the backup is not proven: nothing was dropped"] };
  await ensureNoRun(target, context.signal);
  const refused = await recreateDatabase(target);
  for (const sql of refused) context.say(`not allowed for ${target.user}, by hand: ${sql}`, "warn");
  const { json, lines } = await runMigrate(
    { ...options, stage: "all", waitAttempts: 1, waitInterval: 1_000 },
    context,
  );
  return {
    json: { recreated: true, ...json },
    lines: [...lines, `${target.display} is made anew from the files`],
  };
}

/** The default stack is dev, whatever DATABASE_URL names: only a file that somebody wrote marks a stack. */
function ensureMarked(stack: string, cwd: string): void {
  const name = `Pulumi.${stack}.yaml`;
  if (existsSync(join(cwd, name))) return;
  throw new LockstepError("USAGE", "No stack is marked as one for development here", {
    where: cwd,
    seen: `there is no ${name}`,
    next: `--recreate works only for a stack whose file says so: write ${name} with lockstep:environment: dev`,
  });
}

async function lossLines(target: DatabaseTarget): Promise<readonly string[]> {
  return withConnection(target, APPLICATION, async (client) => {
    const { rows } = await client.query<{ size: string; tables: string }>(
      `SELECT pg_size_pretty(pg_database_size(current_database())) AS size,
        (SELECT count(*) FROM pg_stat_user_tables WHERE schemaname <> 'lockstep') AS tables`,
    );
    const sessions = (await findSessions(client, target.database)).filter(
      ({ application }) => application !== APPLICATION.applicationName,
    );
    return [
      `database  ${target.display} as ${target.user}: ${rows[0]?.tables ?? "?"} tables, ${rows[0]?.size ?? "?"}`,
      ...(sessions.length > 0 ? ["connected, and ended with it:"] : []),
      ...describeSessions(sessions).map((line) => `  ${line}`),
    ];
  });
}

/** A run that is under way holds the lease; it is not waited for. */
async function ensureNoRun(target: DatabaseTarget, signal: AbortSignal): Promise<void> {
  if (!(await withConnection(target, APPLICATION, hasLedger))) return;
  const lease = { doing: "sync --recreate", waitMs: 0, report: silent, signal };
  await withLease(target, lease, () => Promise.resolve());
}
