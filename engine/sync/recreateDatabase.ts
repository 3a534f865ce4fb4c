// A development database made anew: an empty one like it takes its place.
import { randomBytes } from "node:crypto";
import { escapeIdentifier } from "pg";
import { close } from "../drivers/postgres/connect.ts";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { createLike } from "../restore/newDatabase.ts";
import { connectBeside } from "../restore/server.ts";

/** Databases that belong to the server and to nobody's development. */
const THE_SERVERS: ReadonlySet<string> = new Set(["postgres", "template0", "template1"]);

/** Throws LockstepError USAGE for a database that is the server's own. */
export function ensureRecreatable({ database, display }: DatabaseTarget): void {
  if (!THE_SERVERS.has(database)) return;
  throw new LockstepError("USAGE", `${database} is the server's own database`, {
    where: display,
    next: "name a database of the project's: export DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME",
  });
}

/**
 * Drops the database of `target` with all sessions in it, once an empty one with its owner, encoding, locale, settings and rights is
 * made; returns the statements that this role may not run on it.
 * @throws LockstepError PRIVILEGE where the role may not make databases or is not the owner, CONNECTION; pg's other errors.
 */
export async function recreateDatabase(target: DatabaseTarget): Promise<readonly string[]> {
  const { database } = target;
  const fresh = `${database.slice(0, 40)}_${randomBytes(4).toString("hex")}`;
  const client = await connectBeside(target, [database]);
  const [old, made] = [escapeIdentifier(database), escapeIdentifier(fresh)];
  try {
    const refused = await createLike(client, fresh, database);
    try {
      await client.query(`DROP DATABASE ${old} WITH (FORCE)`);
    } catch (error) {
      await client.query(`DROP DATABASE IF EXISTS ${made}`);
      throw codeOf(error) === "42501" ? notOwner(target, error) : error;
    }
    await client.query(`ALTER DATABASE ${made} RENAME TO ${old}`);
    return refused;
  } finally {
    await close(client);
  }
}

function notOwner({ display, database, user }: DatabaseTarget, cause: unknown): LockstepError {
  return new LockstepError("PRIVILEGE", "This role may not drop the database", {
    where: display,
    seen: cause instanceof Error ? cause.message : String(cause),
    likely: "it is not the owner, or may not end the sessions of others there",
    next: `as its owner or a superuser: ALTER DATABASE ${escapeIdentifier(database)} OWNER TO ${escapeIdentifier(user)}`,
    sqlstate: "42501",
    cause,
  });
}
