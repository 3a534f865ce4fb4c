// What is sent around and behind a file that soaks: its own text is tried and taken back, then its objects are put aside.
import pg from "pg";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import type { SoakItem } from "./soakable.ts";

/** Sent before the file's text. The text itself runs, so that whatever would stop the drop stops the soak as well. */
export const TRIAL = "SAVEPOINT lockstep_trial; ";

/** Sent behind the file's text and its verify script, in the same transaction. Empty for a file that does not soak. */
export function soakSql(migration: Migration): string {
  const { soak, soakable } = migration;
  if (!soak || !soakable || !("items" in soakable)) return "";
  const head = `${migration.order.toString()}, ${pg.escapeLiteral(fileId(migration))}, ${String(soak.timeMs)}`;
  const calls = soakable.items.map((item) => `SELECT lockstep.${callOf(head, item)};`);
  return `ROLLBACK TO SAVEPOINT lockstep_trial; RELEASE SAVEPOINT lockstep_trial; ${calls.join(" ")} `;
}

/** Names are looked up by the session's own search_path, as the file's statements are. */
function callOf(head: string, item: SoakItem): string {
  const literal = (text: string) => pg.escapeLiteral(text);
  switch (item.by) {
    case "move":
      return `soak_object(${head}, '${item.type}', 'pg_catalog.${item.catalogue}', ${lookUp(item)})`;
    case "rename":
      return `soak_${item.type.toLowerCase()}(${head}, pg_catalog.to_regclass(${literal(item.table)}), ${literal(item.member)})`;
    case "definition":
      return item.type === "INDEX"
        ? `soak_index(${head}, pg_catalog.to_regclass(${literal(item.name)}))`
        : `soak_constraint(${head}, pg_catalog.to_regclass(${literal(item.table)}), ${literal(item.member)})`;
  }
}

function lookUp({ catalogue, name }: Extract<SoakItem, { by: "move" }>): string {
  const text = pg.escapeLiteral(name);
  switch (catalogue) {
    case "pg_class":
      return `pg_catalog.to_regclass(${text})`;
    case "pg_type":
      return `pg_catalog.to_regtype(${text})`;
    case "pg_proc":
      return name.endsWith(")")
        ? `pg_catalog.to_regprocedure(${text})`
        : `pg_catalog.to_regproc(${text})`;
  }
}
