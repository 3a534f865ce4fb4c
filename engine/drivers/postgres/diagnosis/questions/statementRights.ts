// Rights that belong to a kind of statement rather than to an object: extensions, roles, settings, server files.
import type { AlterTableCmd, RoleSpec } from "@pgsql/types";
import type { Asked } from "../asked.ts";
import { quoteIfNeeded } from "../facts.ts";
import { findNodes } from "../statement.ts";
import type { Lack } from "./grants.ts";

/** GRANT SET ON PARAMETER came with PostgreSQL 15. */
const PARAMETERS_SINCE = 150_000;

/** The right that the statement's kind asks for; undefined where it is about an object's. */
export async function statementRights(asked: Asked): Promise<Lack | undefined> {
  const role = asked.facts.role ?? "?";
  const text = [asked.error.detail, asked.error.hint].join(" ");
  // Predefined roles are named in every language; PostgreSQL 15 and older do so in the message, without quotes.
  const [, predefined] =
    /"(pg_[a-z_]+)"/.exec(text) ??
    /\b(pg_(?:execute_server_program|(?:read|write)_server_files))\b/.exec(asked.error.message) ??
    [];
  if (predefined) {
    return {
      lacks: `the role ${predefined}`,
      grants: [`GRANT ${predefined} TO ${role};`],
      admin: "a superuser",
    };
  }
  const kind = asked.statement?.kind ?? "";
  const read = READERS[kind];
  return read?.(asked, role);
}

type Reader = (asked: Asked, role: string) => Promise<Lack | undefined> | Lack | undefined;

const READERS: Readonly<Record<string, Reader>> = {
  CreateExtensionStmt: extensionRight,
  CreateRoleStmt: (_, role) => attribute(role, "CREATEROLE"),
  CreatedbStmt: (_, role) => attribute(role, "CREATEDB"),
  VariableSetStmt: settingRight,
  AlterSystemStmt: settingRight,
  AlterTableStmt: newOwner,
  AlterOwnerStmt: newOwner,
  CreateEventTrigStmt: () => superuserOnly("event triggers"),
  CreateFdwStmt: () => superuserOnly("foreign data wrappers"),
};

function attribute(role: string, word: string): Lack {
  return { lacks: word, grants: [`ALTER ROLE ${role} ${word};`], admin: "a superuser" };
}

function superuserOnly(what: string): Lack {
  return { lacks: `a superuser's right to make ${what}`, grants: [], admin: "a superuser" };
}

/** Trusted extensions take CREATE on the database, all others a superuser. */
async function extensionRight({ client, statement, facts }: Asked, role: string): Promise<Lack> {
  const [name = "?"] = findNodes<string>(statement?.node, "extname");
  const { rows } = await client.query<{ trusted: boolean; superuser: boolean }>(
    `SELECT trusted, superuser FROM pg_catalog.pg_available_extension_versions v
     JOIN pg_catalog.pg_available_extensions e ON e.name = v.name AND e.default_version = v.version
     WHERE v.name = $1`,
    [name],
  );
  const [row] = rows;
  if (row?.trusted || row?.superuser === false) {
    const database = facts.database ?? "?";
    return {
      lacks: `CREATE on database ${database}`,
      grants: [`GRANT CREATE ON DATABASE ${database} TO ${role};`],
      admin: "the database's owner or a superuser",
    };
  }
  return {
    lacks: `a superuser's right to install the extension ${name} (write IF NOT EXISTS in the file)`,
    grants: [`CREATE EXTENSION IF NOT EXISTS ${quoteIfNeeded(name)};`],
    admin: "a superuser, in this database",
  };
}

function settingRight({ statement, version }: Asked, role: string): Lack | undefined {
  const [name] = findNodes<string>(statement?.node, "name");
  if (name === undefined) return undefined;
  if (name === "role" || name === "session_authorization") {
    const to = findNodes<unknown>(statement?.node, "sval").find((one) => typeof one === "string");
    return to === undefined ? undefined : membership(quoteIfNeeded(to), role);
  }
  const verb = statement?.kind === "AlterSystemStmt" ? "ALTER SYSTEM" : "SET";
  return {
    lacks: `the right to change the setting ${name}`,
    grants: version < PARAMETERS_SINCE ? [] : [`GRANT ${verb} ON PARAMETER ${name} TO ${role};`],
    admin: "a superuser",
  };
}

/** Whoever gives an object away must be a member of the role that gets it. */
function newOwner({ statement, error }: Asked, role: string): Lack | undefined {
  if (!/^(check_can_set_role|check_is_member_of_role)$/.test(error.routine ?? "")) return undefined;
  const specs = [
    ...findNodes<RoleSpec>(statement?.node, "newowner"),
    ...findNodes<AlterTableCmd>(statement?.node, "AlterTableCmd").flatMap(
      ({ newowner }) => newowner ?? [],
    ),
  ];
  const [to] = specs.flatMap(({ rolename }) => rolename ?? []);
  return to === undefined ? undefined : membership(quoteIfNeeded(to), role);
}

function membership(to: string, role: string): Lack {
  return {
    lacks: `membership in ${to}`,
    grants: [`GRANT ${to} TO ${role};`],
    admin: "an administrator of these roles",
  };
}
