// The tables that hold one version, up to which all is applied: golang-migrate and Alembic.
import pg from "pg";
import type { MigrationFile } from "../sources/migration.ts";
import type { ToolHistory, ToolReading } from "./toolHistory.ts";

/** golang-migrate: the last version, and whether it broke off within it. */
export const golangMigrateHistory: ToolHistory = {
  table: "schema_migrations",
  mark: "dirty",
  isOnePoint: true,
  read: async (client, table, files) => {
    const { rows } = await client.query<{ version: string; dirty: boolean }>(
      `SELECT version::text AS version, dirty FROM ${table}`,
    );
    const [row] = rows;
    const reading = upTo(row?.version, files);
    if (!row?.dirty) return reading;
    const fault = `version ${row.version} is dirty: it broke off within that file; put the database right, then: migrate force VERSION`;
    return { ...reading, faults: [...reading.faults, fault] };
  },
  create: (table) =>
    `CREATE TABLE IF NOT EXISTS ${table} (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);`,
  write: (table, { applied }) => {
    const version = applied.at(-1)?.foreign?.version;
    return [
      `DELETE FROM ${table};`,
      ...(version === undefined
        ? []
        : [`INSERT INTO ${table} (version, dirty) VALUES (${pg.escapeLiteral(version)}, false);`]),
    ];
  },
};

/** Alembic: the revision that the database is at; several where it has several heads. */
export const alembicHistory: ToolHistory = {
  table: "alembic_version",
  mark: "version_num",
  isOnePoint: true,
  read: async (client, table, files) => {
    const { rows } = await client.query<{ version: string }>(
      `SELECT version_num AS version FROM ${table}`,
    );
    if (rows.length <= 1) return upTo(rows[0]?.version, files);
    const fault = `the database is at ${String(rows.length)} revisions at once; merge them first: alembic merge heads`;
    return { applied: [], faults: [fault], warnings: [] };
  },
  create: (table) =>
    `CREATE TABLE IF NOT EXISTS ${table} (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY);`,
  write: (table, { applied }) => {
    const version = applied.at(-1)?.foreign?.version;
    return [
      `DELETE FROM ${table};`,
      ...(version === undefined
        ? []
        : [`INSERT INTO ${table} (version_num) VALUES (${pg.escapeLiteral(version)});`]),
    ];
  },
};

function upTo(version: string | undefined, files: readonly MigrationFile[]): ToolReading {
  if (version === undefined) return { applied: [], faults: [], warnings: [] };
  const last = files.findIndex((file) => file.foreign?.version === version);
  if (last < 0) {
    const fault = `the table says ${version}, and the folder has no such file; check out the commit that has it`;
    return { applied: [], faults: [fault], warnings: [] };
  }
  const applied = files.slice(0, last + 1).map((file) => file.foreign?.version ?? "");
  return { applied, faults: [], warnings: [] };
}
