// Statements whose effect outlives a database: roles, tablespaces, databases, settings of the server.
import { DatabaseError, escapeIdentifier, type Client } from "pg";
import { blankOut } from "../lint/transactionControl.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import type { RehearsalFinding } from "./result.ts";

/** As the parser calls them. */
const KINDS: ReadonlySet<string> = new Set([
  "CreateRoleStmt",
  "AlterRoleStmt",
  "AlterRoleSetStmt",
  "DropRoleStmt",
  "GrantRoleStmt",
  "ReassignOwnedStmt",
  "CreateTableSpaceStmt",
  "DropTableSpaceStmt",
  "AlterTableSpaceOptionsStmt",
  "CreatedbStmt",
  "DropdbStmt",
  "AlterDatabaseStmt",
  "AlterDatabaseSetStmt",
  "AlterDatabaseRefreshCollStmt",
  "AlterSystemStmt",
]);

/** Of these, what can be run once and be undone by dropping the role. */
const ROLE_KINDS: ReadonlySet<string> = new Set([
  "CreateRoleStmt",
  "AlterRoleStmt",
  "GrantRoleStmt",
]);

/** Whether the effect of a statement outlives its database. */
export function isServerWide({ kind }: Pick<Statement, "kind">): boolean {
  return KINDS.has(kind);
}

/** On a scratch cluster a tablespace lies within the data folder, whatever folder the file names. */
export function withTablespacesInPlace(files: readonly Migration[]): readonly Migration[] {
  return files.map((file) => {
    if (!file.statements.some(({ kind }) => kind === "CreateTableSpaceStmt")) return file;
    const statements = file.statements.map((statement) =>
      statement.kind === "CreateTableSpaceStmt"
        ? { ...statement, sql: statement.sql.replace(/(\blocation\s+)'(?:[^']|'')*'/i, "$1''") }
        : statement,
    );
    return { ...file, statements };
  });
}

/** The files without what must not be run on somebody's server, and what is said of it. */
export function withoutServerWide(files: readonly Migration[]): {
  readonly files: readonly Migration[];
  readonly findings: readonly RehearsalFinding[];
} {
  const findings: RehearsalFinding[] = [];
  const left = files.map((file) => {
    const [out, outOfDown] = [file.statements, file.downStatements].map((all) =>
      all.filter(isServerWide),
    );
    if (!out || !outOfDown || out.length + outOfDown.length === 0) return file;
    findings.push({
      rule: "left-out",
      severity: "warning",
      where: file.path,
      message: "outlives its database, so on this server it is run once at most",
      details: [...out, ...outOfDown].map(({ summary }) => summary),
    });
    const { down } = file;
    return {
      ...file,
      body: blankOut(file.body, out),
      statements: file.statements.filter((one) => !isServerWide(one)),
      downStatements: file.downStatements.filter((one) => !isServerWide(one)),
      down: down && { path: down.path, sql: blankOut(down.sql, outOfDown) },
    };
  });
  return { files: left, findings };
}

/**
 * Makes, once, the roles that the files make, so that later statements can name them; those that are there already stay as
 * they are. Throws pg's errors where the role of the connection may not.
 * @returns the roles that were not there before.
 */
export async function makeRolesOnce(
  client: Client,
  files: readonly Migration[],
): Promise<readonly string[]> {
  const before = await readRoles(client);
  for (const { sql } of files.flatMap(({ statements }) =>
    statements.filter(({ kind }) => ROLE_KINDS.has(kind)),
  ))
    await client.query(sql).catch(ignoreDuplicate);
  return (await readRoles(client)).filter((role) => !before.includes(role));
}

function ignoreDuplicate(error: unknown): void {
  const isThere = error instanceof DatabaseError && error.code === "42710";
  if (!isThere) throw error;
}

async function readRoles(client: Client): Promise<readonly string[]> {
  const found = await client.query<{ name: string }>("SELECT rolname AS name FROM pg_roles");
  return found.rows.map(({ name }) => name);
}

/** What a server has beside databases' own objects. */
export interface ServerState {
  readonly roles: readonly string[];
  readonly tablespaces: readonly string[];
  readonly databases: readonly string[];
}

/** Reads it. Throws pg's errors. */
export async function readServerState(client: Client): Promise<ServerState> {
  const names = async (sql: string) =>
    (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name);
  return {
    roles: await names("SELECT rolname AS name FROM pg_roles"),
    tablespaces: await names("SELECT spcname AS name FROM pg_tablespace"),
    databases: await names("SELECT datname AS name FROM pg_database"),
  };
}

/** Brings a scratch cluster back to `state` between two passes: what the first one made would be in the second one's way. */
export async function restoreServerState(client: Client, state: ServerState): Promise<void> {
  const now = await readServerState(client);
  const added = (key: keyof ServerState) => now[key].filter((name) => !state[key].includes(name));
  for (const name of added("databases"))
    await client.query(`DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`);
  for (const name of added("tablespaces"))
    await client.query(`DROP TABLESPACE ${escapeIdentifier(name)}`);
  for (const name of added("roles")) {
    await client.query(`DROP OWNED BY ${escapeIdentifier(name)} CASCADE`);
    await client.query(`DROP ROLE ${escapeIdentifier(name)}`);
  }
  for (const name of state.roles.filter((role) => !now.roles.includes(role)))
    await client.query(`CREATE ROLE ${escapeIdentifier(name)} NOLOGIN`);
}

/** Drops `roles`, which `makeRolesOnce` made; one that something else uses by now stays. */
export async function dropRoles(client: Client, roles: readonly string[]): Promise<void> {
  for (const role of roles)
    await client.query(`DROP ROLE ${escapeIdentifier(role)}`).catch(() => undefined);
}
