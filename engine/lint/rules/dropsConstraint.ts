// Points at constraints that go.
import { tableOf } from "../schema/schema.ts";
import type { LintRule } from "./rule.ts";

/** DROP CONSTRAINT. */
export const dropsConstraintRule: LintRule = {
  id: "drops-constraint",
  category: "compatibility",
  level: "info",
  title: "DROP CONSTRAINT",
  why: "What the constraint kept out can come in from now on, also from the version that runs; putting it back means checking all rows.",
  instead: "Nothing, where no code relies on it.",
  alter: ({ command, table, name }, { schema, isNew }) => {
    if (command.subtype !== "AT_DropConstraint" || isNew(table)) return undefined;
    const known = tableOf(schema, table)?.constraints.get(name);
    // A check that only proved a NOT NULL has done its work; a primary key has a rule of its own.
    if (known?.provesNotNull !== undefined || known?.kind === "primary") return undefined;
    const kind = known ? KINDS[known.kind] : "constraint";
    return {
      message: `${kind} ${name} of ${table} no longer keeps anything out`,
      remedy: "see that no code relies on it",
    };
  },
};

const KINDS = {
  check: "check",
  foreign: "foreign key",
  unique: "unique constraint",
  primary: "primary key",
  exclusion: "exclusion constraint",
} as const;
