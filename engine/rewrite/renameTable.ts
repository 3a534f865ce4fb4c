// The recipe for a table that gets another name: a view with the new name until contract, when the table takes it.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Quote } from "./names.ts";
import { slug } from "./names.ts";
import { unseenOf, type TableShape } from "./shape.ts";
import { comment, paragraphs, stageHead, type Recipe, type Step } from "./step.ts";

/** A table that becomes called otherwise. */
export interface TableRename {
  readonly quote: Quote;
  readonly tableName: string;
  /** As SQL has it, and its schema with a dot. */
  readonly table: string;
  readonly prefix: string;
  readonly newName: string;
  readonly shape: TableShape;
  /** `file:line:column`. */
  readonly where: string;
}

/** The version from which a view can check the rights and policies of whoever uses it. */
const SECURITY_INVOKER = 150_000;

/**
 * The migrations of the rename.
 * @throws LockstepError UNSAFE_MIGRATION where a view cannot stand in for the table.
 */
export function renameTable(rename: TableRename): Recipe {
  const { shape, where, tableName, newName } = rename;
  const isInvoker = (shape.serverVersion ?? 0) >= SECURITY_INVOKER;
  if (shape.hasRowSecurity && !isInvoker) {
    throw new LockstepError(
      "UNSAFE_MIGRATION",
      "A table with row security cannot get another name step by step on this server",
      {
        where,
        seen: `${tableName} has row security; before PostgreSQL 15 a view reads with its owner's rights, past the policies`,
        next: 'rename it with the app stopped: -- lockstep: stage=contract reason="..."',
      },
    );
  }
  return {
    steps: [viewStep(rename, isInvoker), renameStep(rename, isInvoker)],
    notes: [
      `until contract ${newName} is a view of ${tableName}: it is read and written like a table, but COPY ${newName} FROM, TRUNCATE and LOCK of it, ctid, and foreign keys to it do not work`,
      `a column that ${tableName} gets meanwhile is not in the view: leave that to a later release`,
      "indexes, constraints and sequences keep their names; functions whose text names the table cannot be seen: look for them",
      ...unseenOf(shape).map((one) => `not carried over: ${one}`),
    ],
  };
}

function viewStep(rename: TableRename, isInvoker: boolean): Step {
  const { quote, prefix, tableName, newName } = rename;
  return {
    stage: "expand",
    name: slug("add", newName, "view"),
    up: paragraphs(
      comment(
        `${tableName} becomes ${newName}. From here until the contract file the new version reads and writes the table through a view of that name, while the version that runs goes on with ${tableName} itself and notices nothing.`,
      ),
      viewSql(rename, isInvoker),
    ),
    down: paragraphs(
      comment(`The rows stay where they are: in ${tableName}.`),
      `DROP VIEW ${prefix + quote(newName)};`,
    ),
  };
}

function viewSql(
  { quote, table, prefix, newName, shape }: TableRename,
  isInvoker: boolean,
): string {
  const view = prefix + quote(newName);
  const columns = shape.columns.map(({ name }) => quote(name)).join(", ");
  const options = isInvoker ? " WITH (security_invoker = true)" : "";
  return [
    ...(isInvoker
      ? [
          "-- security_invoker: rights and policies are those of whoever uses the view, as on the table.",
        ]
      : []),
    `CREATE VIEW ${view}${options} AS\n    SELECT ${columns}\n    FROM ${table};`,
    ...shape.grants
      .filter(({ right }) => right !== "TRUNCATE" && right !== "MAINTAIN")
      .map(({ right, role }) => `GRANT ${right} ON ${view} TO ${role};`),
  ].join("\n");
}

function renameStep(rename: TableRename, isInvoker: boolean): Step {
  const { quote, table, prefix, tableName, newName } = rename;
  const renamed = prefix + quote(newName);
  return {
    stage: "contract",
    name: slug("remove", tableName, "name"),
    answers: {
      "stage-override": "the reason stands beside the stage",
      "drops-object": "the table takes the view's name in the same transaction",
      "strong-locks-on-several-tables": "the other is the view",
    },
    up: paragraphs(
      stageHead(
        "contract",
        "no version uses the old name any more, and the view gives the new one up in the same transaction",
      ),
      comment(
        "No moment without either: a query that waits finds the table under the name that the view had.",
      ),
      `DROP VIEW ${renamed};\nALTER TABLE ${table} RENAME TO ${quote(newName)};`,
    ),
    down: paragraphs(
      `ALTER TABLE ${renamed} RENAME TO ${quote(tableName)};`,
      viewSql(rename, isInvoker),
    ),
  };
}
