// Prisma's _prisma_migrations: a row for each attempt, with when it ended or was rolled back.
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { ToolHistory } from "./toolHistory.ts";

interface Row {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/** Prisma. */
export const prismaHistory: ToolHistory = {
  table: "_prisma_migrations",
  mark: "migration_name",
  isOnePoint: false,
  read: async (client, table, files) => {
    const { rows } = await client.query<Row>(
      `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
       FROM ${table} WHERE rolled_back_at IS NULL ORDER BY started_at`,
    );
    const checksums = new Map(files.map((file) => [file.foreign?.version, file.checksum]));
    const faults = rows
      .filter(({ finished }) => !finished)
      .map(
        ({ name }) =>
          `${name} failed; settle it first: prisma migrate resolve --applied or --rolled-back ${name}`,
      );
    const warnings = rows
      .filter(({ name, checksum }) => (checksums.get(name) ?? checksum) !== checksum)
      .map(({ name }) => `${name} was edited after Prisma applied it; it is taken as it is now`);
    return {
      applied: rows.filter(({ finished }) => finished).map(({ name }) => name),
      faults,
      warnings,
    };
  },
  create: (table) =>
    `CREATE TABLE IF NOT EXISTS ${table} (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);`,
  write: (table, { added, removed }) => [
    ...removed.map(
      (name) =>
        `UPDATE ${table} SET rolled_back_at = clock_timestamp() WHERE migration_name = ${pg.escapeLiteral(name)} AND rolled_back_at IS NULL;`,
    ),
    ...added.map((file) => {
      const values = [randomUUID(), file.checksum, file.foreign?.version ?? ""].map((value) =>
        pg.escapeLiteral(value),
      );
      return `INSERT INTO ${table} (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES (${values.join(", ")}, clock_timestamp(), clock_timestamp(), 1);`;
    }),
  ],
};
