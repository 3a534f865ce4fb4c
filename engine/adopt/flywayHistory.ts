// Flyway's flyway_schema_history: a log with a checksum for each file.
import path from "node:path";
import { crc32 } from "node:zlib";
import pg from "pg";
import { versionOrder } from "../sources/formats/order.ts";
import type { MigrationFile } from "../sources/migration.ts";
import { readText } from "../sources/readText.ts";
import type { ToolHistory } from "./toolHistory.ts";

interface Row {
  readonly version: string | null;
  readonly description: string;
  readonly type: string;
  readonly script: string;
  readonly checksum: number | null;
  readonly success: boolean;
}

/** Flyway. Its own `validate` compares the checksums, so the way back writes them as it would. */
export const flywayHistory: ToolHistory = {
  table: "flyway_schema_history",
  mark: "installed_rank",
  isOnePoint: false,
  read: async (client, table, files) => {
    const { rows } = await client.query<Row>(
      `SELECT version, description, type, script, checksum, success FROM ${table} ORDER BY installed_rank`,
    );
    const applied = new Map<string, Row>();
    for (const row of rows) {
      const key = row.version ?? row.description.replaceAll(" ", "_");
      if (row.type.startsWith("UNDO") || row.type === "DELETE") applied.delete(key);
      else if (row.type === "BASELINE")
        for (const version of upTo(row.version, files)) applied.set(version, row);
      else if (row.type !== "SCHEMA" && row.success) applied.set(key, row);
    }
    const failed = rows.filter(({ success }) => !success);
    return {
      applied: [...applied.keys()],
      faults: failed.map(
        ({ script }) => `${script} failed; put the database right, then: flyway repair`,
      ),
      warnings: findEdited(applied, files),
    };
  },
  create: (table) =>
    `CREATE TABLE IF NOT EXISTS ${table} (installed_rank integer NOT NULL PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, success boolean NOT NULL);`,
  write: (table, { added, removed, dir }) => {
    const statements = removed.map(
      (version) =>
        `DELETE FROM ${table} WHERE coalesce(version, replace(description, ' ', '_')) = ${pg.escapeLiteral(version)};`,
    );
    for (const file of added) {
      const checksum = file.foreign?.code === undefined ? checksumOf(file) : undefined;
      const values = [
        file.repeatable ? "NULL" : pg.escapeLiteral(file.number),
        pg.escapeLiteral(file.name.replaceAll("_", " ")),
        file.foreign?.code === undefined ? "'SQL'" : "'JDBC'",
        pg.escapeLiteral(path.relative(dir, file.path)),
        checksum === undefined ? "NULL" : String(checksum),
      ];
      statements.push(
        `INSERT INTO ${table} (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) SELECT coalesce(max(installed_rank), 0) + 1, ${values.join(", ")}, current_user, 0, true FROM ${table};`,
      );
    }
    return statements;
  },
};

/** A baseline stands for all versions up to its own. */
function upTo(version: string | null, files: readonly MigrationFile[]): readonly string[] {
  const last = version === null ? undefined : versionOrder(version);
  return files
    .filter((file) => !file.repeatable && last !== undefined && file.order <= last)
    .map((file) => file.foreign?.version ?? "");
}

function findEdited(applied: ReadonlyMap<string, Row>, files: readonly MigrationFile[]): string[] {
  const edited: string[] = [];
  for (const file of files) {
    const row = applied.get(file.foreign?.version ?? "");
    if (!row || row.type !== "SQL" || row.checksum === null || file.repeatable) continue;
    if (checksumOf(file) !== row.checksum)
      edited.push(`${file.path} was edited after Flyway applied it; it is taken as it is now`);
  }
  return edited;
}

/** CRC-32 over the lines without their ends, as a signed number; a byte order mark does not count. */
function checksumOf({ path: file }: MigrationFile): number | undefined {
  const text = readText(file);
  if ("fault" in text) return undefined;
  const lines = text.sql.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  return crc32(lines.join("")) | 0;
}
