// Points at files that lock several tables against reads or writes.
import { LOCK_MODES } from "../../locks/modes.ts";
import { relationName, withoutPublic } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** Strong locks on more than one existing table in one transaction. */
export const strongLocksOnSeveralTablesRule: LintRule = {
  id: "strong-locks-on-several-tables",
  category: "locks",
  level: "info",
  title: "one file that locks several tables",
  why: "The locks are held together until the file is done. lockstep takes them at once, in a fixed order, and gives all back when one is missing; the more there are, the longer that may take.",
  instead: "One file for each table.",
  file: ({ migration, isNew, statements }) => {
    if (!migration.transactional) return undefined;
    const made = new Set(
      statements.flatMap(({ node }) =>
        "CreateStmt" in node ? withoutPublic(relationName(node.CreateStmt.relation)) : [],
      ),
    );
    const tables = new Set<string>();
    for (const { mode, name, schema } of migration.statements.flatMap(({ locks }) => locks)) {
      const table = withoutPublic(schema === undefined ? name : `${schema}.${name}`);
      const isStrong = LOCK_MODES.indexOf(mode) >= LOCK_MODES.indexOf("SHARE");
      if (isStrong && !made.has(table) && !isNew(table)) tables.add(table);
    }
    if (tables.size < 2) return undefined;
    return {
      message: `the file locks ${[...tables].join(", ")} together until it is done`,
      remedy: "where they have nothing to do with each other, give each a file of its own",
    };
  },
};
