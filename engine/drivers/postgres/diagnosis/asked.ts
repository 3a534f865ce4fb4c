// What a question to the catalogue is given, and what all of them begin with.
import type { DatabaseError } from "pg";
import type { Queryable } from "../queryable.ts";
import type { Facts } from "./entry.ts";
import type { ReadStatement } from "./statement.ts";

/** A failure to be asked about. */
export interface Asked {
  readonly client: Queryable;
  readonly error: DatabaseError;
  /** The statement that failed; of a function's or DO block's inner one, where the server names it. */
  readonly statement: ReadStatement | undefined;
  /** What is known so far: the error's own facts, role, database and version. */
  readonly facts: Facts;
  /** As `server_version_num`: 180004. */
  readonly version: number;
}

/** Facts from the catalogue; none where it has no answer. */
export type Ask = (asked: Asked) => Promise<Facts>;

interface SessionRow {
  readonly role: string;
  readonly database: string;
  readonly version: string;
  readonly number: number;
}

/** Who we are and where: `role` and `database` quoted, `version` as the server names it. */
export async function readSession(
  client: Queryable,
): Promise<{ readonly facts: Facts; readonly version: number }> {
  const { rows } = await client.query<SessionRow>(`
    SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database,
      split_part(current_setting('server_version'), ' ', 1) AS version,
      current_setting('server_version_num')::int AS number`);
  const [row] = rows;
  if (!row) return { facts: {}, version: 0 };
  const { role, database, version, number } = row;
  return { facts: { role, database, version }, version: number };
}
