// One database takes another one's name, both at once or neither: a transaction that a kill rolls back.
import { setTimeout as delay } from "node:timers/promises";
import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { describeSessions, endSessions, findSessions } from "./server.ts";

/** Renames wait in the server for sessions to leave, 5 s each; an app that connects again and again is ended again. */
const TRIES = 3;
const POLL_MS = 50;

/** Which database takes which one's place. */
export interface Swap {
  /** The name that both are about. */
  readonly name: string;
  /** What is called so afterwards. */
  readonly next: string;
  /** What the present one is called afterwards; undefined where there is none. */
  readonly kept: string | undefined;
  /** What the kept one says of itself. */
  readonly note: string;
  /** Ends whoever is connected to the present one; else that is refused. */
  readonly endSessions: boolean;
}

/**
 * Renames `next` to `name`, and what was called so to `kept`, which takes no more connections. While it is at that nobody new gets
 * in: a connection asks for the name's lock, which the rename holds. `client` and `helper` are on other databases.
 * @throws LockstepError DATABASE_IN_USE with who is connected; pg's errors. Nothing is renamed then.
 */
export async function swapDatabases(client: Client, helper: Client, swap: Swap): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    if (!swap.endSessions && swap.kept !== undefined) await ensureNotInUse(client, swap.name);
    try {
      await renameBoth(client, helper, swap);
      return;
    } catch (error) {
      if (codeOf(error) !== "55006") throw error;
      if (attempt < TRIES && swap.endSessions) continue;
      throw await inUse(helper, swap.name, error);
    }
  }
}

async function renameBoth(client: Client, helper: Client, swap: Swap): Promise<void> {
  const [name, next] = [escapeIdentifier(swap.name), escapeIdentifier(swap.next)];
  await client.query("BEGIN");
  try {
    // An app's longest transaction may not hold it up: what is in the way is ended, not waited for.
    await client.query("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0");
    if (swap.kept !== undefined) {
      const kept = escapeIdentifier(swap.kept);
      await meanwhile(client.query(`ALTER DATABASE ${name} RENAME TO ${kept}`), async () => {
        if (swap.endSessions) await endSessions(helper, swap.name);
      });
      await client.query(`COMMENT ON DATABASE ${kept} IS ${escapeLiteral(swap.note)}`);
      await client.query(`ALTER DATABASE ${kept} ALLOW_CONNECTIONS false`);
    }
    await client.query(`ALTER DATABASE ${next} RENAME TO ${name}`);
    await client.query(`COMMENT ON DATABASE ${name} IS NULL`);
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** Does `repeat` again and again until `work` has ended. */
async function meanwhile(work: Promise<unknown>, repeat: () => Promise<void>): Promise<void> {
  const ended = work.then(
    () => true,
    () => true,
  );
  do await repeat();
  while (!(await Promise.race([ended, delay(POLL_MS, false)])));
  await work;
}

/**
 * Refuses where somebody is connected to `database`.
 * @throws LockstepError DATABASE_IN_USE
 */
export async function ensureNotInUse(client: Client, database: string): Promise<void> {
  if ((await findSessions(client, database)).length > 0) throw await inUse(client, database);
}

async function inUse(client: Client, database: string, cause?: unknown): Promise<LockstepError> {
  const sessions = describeSessions(await findSessions(client, database));
  const { rows } = await client.query<{ gid: string }>(
    "SELECT gid FROM pg_prepared_xacts WHERE database = $1 ORDER BY prepared",
    [database],
  );
  const prepared = rows.map(
    ({ gid }) => `prepared transaction ${gid}: COMMIT PREPARED or ROLLBACK PREPARED it`,
  );
  const seen = [...sessions, ...prepared].slice(0, 12);
  return new LockstepError("DATABASE_IN_USE", `Somebody is connected to the database ${database}`, {
    seen: seen.length > 0 ? seen.join("\n") : "sessions that came and went",
    likely: "the app runs; what it writes now would be in the kept database only",
    next: "stop the app, or let lockstep end these sessions: add --end-sessions",
    ...(cause === undefined ? {} : { cause }),
  });
}
