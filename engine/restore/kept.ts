// Databases that were kept when a restore took their place: listed, dropped when all is well, or brought back.
import { type Client, escapeIdentifier } from "pg";
import { close } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { keptName } from "./keptName.ts";
import { connectBeside, hasDatabase } from "./server.ts";
import { swapDatabases } from "./swap.ts";

/** A database that a restore put aside. */
export interface KeptDatabase {
  readonly name: string;
  /** What it was called. */
  readonly was: string;
  /** Since when, and what took its place. */
  readonly note: string;
  readonly bytes: number;
}

/** Begins the comment on a kept database; what it was called follows as JSON. */
const MARK = "lockstep kept";

/** The comment on a database called `was` that gives way to `what`. */
export function keptNote(was: string, what: string, at: Date): string {
  return `${MARK} ${JSON.stringify({ was, at: at.toISOString(), for: what })}`;
}

/** The kept databases that were called as that of `target` is, newest first. */
export async function findKept(target: DatabaseTarget): Promise<readonly KeptDatabase[]> {
  return withServer(target, (client) => readKept(client, target.database));
}

async function readKept(client: Client, database: string): Promise<readonly KeptDatabase[]> {
  const { rows } = await client.query<{ name: string; comment: string; bytes: string }>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment,
            CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
                 THEN pg_database_size(oid) ELSE 0 END AS bytes
     FROM pg_database WHERE starts_with(shobj_description(oid, 'pg_database'), $1)
     ORDER BY datname DESC`,
    [`${MARK} {`],
  );
  return rows.flatMap(({ name, comment, bytes }) => {
    const note = parseNote(comment);
    if (note?.was !== database) return [];
    return [
      { name, was: note.was, note: `kept ${note.at}, for ${note.for}`, bytes: Number(bytes) },
    ];
  });
}

function parseNote(comment: string): { was: string; at: string; for: string } | undefined {
  try {
    const note = JSON.parse(comment.slice(MARK.length)) as Readonly<Record<string, unknown>>;
    return { was: String(note.was), at: String(note.at), for: String(note.for) };
  } catch {
    return undefined;
  }
}

/**
 * Drops a kept database for good.
 * @throws LockstepError USAGE where it is none.
 */
export async function dropKept(target: DatabaseTarget, name: string): Promise<void> {
  await withServer(target, async (client) => {
    await ensureKept(client, target, name);
    await client.query(`DROP DATABASE ${escapeIdentifier(name)}`);
  });
}

/**
 * Gives a kept database its name back. What has it now is kept in its turn.
 * @returns what that is called now.
 * @throws LockstepError USAGE where `name` is none; DATABASE_IN_USE with who is connected.
 */
export async function bringBack(
  target: DatabaseTarget,
  name: string,
  options: { readonly endSessions: boolean },
): Promise<string | undefined> {
  return withServer(target, async (client, helper) => {
    await ensureKept(client, target, name);
    const at = new Date();
    const isThere = await hasDatabase(client, target.database);
    const kept = isThere ? keptName(target.database, at) : undefined;
    await swapDatabases(client, helper, {
      ...{ name: target.database, next: name, kept },
      note: keptNote(target.database, `${name}, which was brought back`, at),
      endSessions: options.endSessions,
    });
    return kept;
  });
}

async function ensureKept(client: Client, target: DatabaseTarget, name: string): Promise<void> {
  const kept = await readKept(client, target.database);
  if (kept.some((one) => one.name === name)) return;
  throw new LockstepError("USAGE", `${name} is no database that a restore kept`, {
    where: target.display,
    seen: kept.length > 0 ? `kept: ${kept.map((one) => one.name).join(", ")}` : "none is kept",
    next: "lockstep backups   (shows what is kept)",
  });
}

/** Two sessions on the server, on neither the database nor a kept one. */
async function withServer<T>(
  target: DatabaseTarget,
  use: (client: Client, helper: Client) => Promise<T>,
): Promise<T> {
  const client = await connectBeside(target, [target.database]);
  try {
    const helper = await connectBeside(target, [target.database]);
    try {
      return await use(client, helper);
    } finally {
      await close(helper);
    }
  } finally {
    await close(client);
  }
}
