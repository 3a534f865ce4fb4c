// The roles that lockstep has made for releases, as the server has them: each carries a comment that says whose it is.
import type { Queryable } from "../drivers/postgres/queryable.ts";

/** Whose roles: one stack's, in the database that is connected to. */
export interface LoginRole {
  readonly role: string;
  /** `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  readonly canLogin: boolean;
}

/** What a comment says, behind this word: so that it is told from people's own. */
const MARK = "lockstep login ";

/** The comment of a release's role. */
export function loginMark(
  database: string,
  { stack, releaseId }: { readonly stack: string; readonly releaseId: string },
): string {
  return MARK + JSON.stringify({ database, stack, release: releaseId });
}

/** The stack's roles for this database, the oldest first. `stack` is `project/stack`. */
export async function readLoginRoles(
  client: Queryable,
  stack: string,
): Promise<readonly LoginRole[]> {
  const found = await client.query<{
    role: string;
    can_login: boolean;
    mark: string;
    database: string;
  }>(
    `SELECT r.rolname AS role, r.rolcanlogin AS can_login, d.description AS mark,
       current_database() AS database
     FROM pg_catalog.pg_roles r
     JOIN pg_catalog.pg_shdescription d ON d.objoid = r.oid AND d.classoid = 'pg_catalog.pg_authid'::regclass
     WHERE starts_with(d.description, $1)
     ORDER BY r.oid`,
    [MARK],
  );
  return found.rows.flatMap(({ role, can_login: canLogin, mark, database }) => {
    const told = parseMark(mark);
    if (told?.database !== database || told.stack !== stack) return [];
    return [{ role, canLogin, releaseId: told.release }];
  });
}

/** What a comment says; undefined where somebody wrote another one over it. */
export function parseMark(
  comment: string,
): { readonly database: string; readonly stack: string; readonly release: string } | undefined {
  if (!comment.startsWith(MARK)) return undefined;
  try {
    const told = JSON.parse(comment.slice(MARK.length)) as Readonly<Record<string, unknown>>;
    const { database, stack, release } = told;
    const isWhole = [database, stack, release].every((part) => typeof part === "string");
    return isWhole ? (told as ReturnType<typeof parseMark>) : undefined;
  } catch {
    return undefined;
  }
}
