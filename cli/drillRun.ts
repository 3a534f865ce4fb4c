// `lockstep backups --drill`: records that a provider's snapshot was restored, for stacks whose proof that is.
import { parseTarget, parseUrl } from "../engine/drivers/postgres/target.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import { reporter } from "../engine/events.ts";
import type { CommandContext, Outcome } from "./context.ts";

/** Where the restored database is named; a URL has a password, so it is no argument. */
const VARIABLE = "LOCKSTEP_RESTORED_URL";

/**
 * Reads the restored database and records the drill in the ledger of DATABASE_URL.
 * @throws LockstepError USAGE, CONNECTION, BACKUP_FAILED
 */
export async function runDrill({ env, cwd, sink, signal }: CommandContext): Promise<Outcome> {
  const url = env[VARIABLE];
  if (!url) {
    throw new LockstepError("USAGE", "A drill needs the database that was restored", {
      seen: `${VARIABLE} is not set`,
      next: `export ${VARIABLE}=…   (its user may be one that only reads), then: lockstep backups --drill`,
    });
  }
  const { recordDrill } = await import("../engine/backup/drill.ts");
  const { readUserName } = await import("./userName.ts");
  const drill = await recordDrill({
    ...{ target: parseTarget(env), restored: parseUrl(url, VARIABLE), signal },
    ...{ by: await readUserName(cwd), report: reporter("drill", sink) },
  });
  const { tables, rows, reached } = drill;
  return {
    json: { drill },
    lines: [
      `drill recorded: ${String(tables)} tables with ${String(rows)} rows were read, as of the ledger at ${reached}`,
    ],
  };
}
