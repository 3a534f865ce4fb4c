// The schema that is wanted: its text, and the database that it makes on the scratch server.
import { readFile } from "node:fs/promises";
import pg, { type Client } from "pg";
import { cancelOnAbort } from "../backup/interrupted.ts";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { createLocator } from "../lint/locator.ts";
import { isServerWide } from "../rehearse/serverWide.ts";
import { loadParser, type ParsedStatement } from "../sql/parse.ts";

/** The wanted schema as SQL. */
export interface DesiredSchema {
  readonly sql: string;
  /** Where it is from, for people: the file's path, or a tool's command. */
  readonly from: string;
}

/**
 * Reads a file of SQL that makes the whole schema in an empty database.
 * @throws LockstepError CONFIG where it cannot be read.
 */
export async function readSchemaFile(path: string): Promise<DesiredSchema> {
  try {
    return { sql: withoutPsql(await readFile(path, "utf8")), from: path };
  } catch (cause) {
    throw new LockstepError("CONFIG", "The wanted schema cannot be read", {
      where: path,
      seen: cause instanceof Error ? cause.message : String(cause),
      next: "name the file that makes the whole schema: lockstep sync --schema FILE.sql",
      cause,
    });
  }
}

/** pg_dump frames its text in two commands of psql's own; blanked, so that places stay what they are. */
function withoutPsql(text: string): string {
  return text.replace(/^\\(un)?restrict\b.*$/gm, "");
}

/** Where the schema is made. */
export interface WantedPlace {
  readonly client: Client;
  readonly target: DatabaseTarget;
  /** Roles are made on a cluster of one's own only. */
  readonly isOwn: boolean;
  /** Ends what runs. */
  readonly signal: AbortSignal;
}

/**
 * Makes the schema in an empty database, statement by statement. Owners and rights are left out: they are not compared, and their
 * roles may not be there. So is what outlives a database, but for roles that a policy may name.
 * @throws LockstepError SQL_SYNTAX, STATEMENT_FAILED with file and line, or INTERRUPTED.
 */
export async function applyDesired(
  place: WantedPlace,
  { sql, from }: DesiredSchema,
): Promise<void> {
  const { client, target, isOwn, signal } = place;
  const statements = (await loadParser()).parse(sql, from);
  const locator = createLocator(sql);
  const unwatch = await cancelOnAbort(client, target, signal);
  try {
    for (const statement of statements) {
      if (isOfOwners(statement)) continue;
      if (isServerWide(statement) && !(isOwn && statement.kind === "CreateRoleStmt")) continue;
      try {
        await client.query(statement.sql);
      } catch (error) {
        signal.throwIfAborted();
        const { line, column } = locator.place(statement.offset);
        if (isRoleThere(error)) continue;
        throw doesNotRun(error, `${from}:${String(line)}:${String(column)}`);
      }
    }
  } finally {
    unwatch();
  }
}

/** The target's roles are there already. */
function isRoleThere(error: unknown): boolean {
  return codeOf(error) === "42710" && error instanceof Error && error.message.startsWith("role ");
}

function doesNotRun(error: unknown, where: string): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  return new LockstepError("STATEMENT_FAILED", "The wanted schema does not run", {
    where,
    seen: `${error.message}${error.detail === undefined ? "" : `\n${error.detail}`}`,
    likely: "the file must make the whole schema in an empty database, in the order of its needs",
    next: "mend it, then run the same command again",
    ...(error.code !== undefined && { sqlstate: error.code }),
    cause: error,
  });
}

const OWNERS: ReadonlySet<string> = new Set([
  ...["GrantStmt", "GrantRoleStmt", "AlterOwnerStmt", "AlterDefaultPrivilegesStmt"],
]);

function isOfOwners({ kind, node }: ParsedStatement): boolean {
  if (OWNERS.has(kind)) return true;
  if (!("AlterTableStmt" in node)) return false;
  const parts = node.AlterTableStmt.cmds ?? [];
  return (
    parts.length > 0 &&
    parts.every(
      (part) => "AlterTableCmd" in part && part.AlterTableCmd.subtype === "AT_ChangeOwner",
    )
  );
}
