// Points at long work while a table is locked against everybody.
import type { Node } from "@pgsql/types";
import { relationName, withoutPublic } from "../names.ts";
import { relationsIn } from "../tree.ts";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** A statement that reads or writes rows after an ACCESS EXCLUSIVE lock in one transaction. */
export const workUnderExclusiveLockRule: LintRule = {
  id: "work-under-exclusive-lock",
  category: "locks",
  level: "warning",
  title: "rows read or written after a table was locked against everybody",
  why: "The lock of an earlier statement is held until the transaction ends, so the time of this one is added to the outage.",
  instead: "The long statement in a file of its own, before or after.",
  file: ({ statements, migration, schema }) => {
    if (!migration.transactional || migration.backfill) return undefined;
    const locked: string[] = [];
    const fresh = new Set<string>();
    return statements.flatMap((statement, index): Hit[] => {
      const analysed = migration.statements[index];
      for (const name of createdBy(statement.node)) fresh.add(withoutPublic(name));
      const isSlow = ["UpdateStmt", "DeleteStmt", "InsertStmt", "SelectStmt", "IndexStmt"].includes(
        statement.kind,
      );
      const hit = isSlow && locked[0] !== undefined && readsTable(statement.node);
      for (const { mode, name, schema: space } of analysed?.locks ?? []) {
        const table = withoutPublic(space === undefined ? name : `${space}.${name}`);
        const isOld = !fresh.has(table) && schema.tables.get(table)?.release !== schema.release;
        if (mode === "ACCESS EXCLUSIVE" && isOld) locked.push(table);
      }
      if (!hit) return [];
      return [
        {
          message: `${locked[0] ?? "a table"} stays locked against everybody while this statement works through rows`,
          remedy: "give it a file of its own",
          lock: { mode: "ACCESS EXCLUSIVE", table: locked[0] ?? "?" },
          statement,
        },
      ];
    });
  },
};

function createdBy(node: Node): string[] {
  if ("CreateStmt" in node) return [relationName(node.CreateStmt.relation)];
  return "CreateTableAsStmt" in node ? [relationName(node.CreateTableAsStmt.into?.rel)] : [];
}

/** INSERT ... VALUES and SELECT without FROM work through nothing. */
function readsTable(node: Node): boolean {
  if ("InsertStmt" in node) return relationsIn(node.InsertStmt.selectStmt).length > 0;
  return relationsIn(node).length > 0;
}
