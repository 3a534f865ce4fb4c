// Problems of a file that have nothing to do with its stage: transactions, enum values.
import type { MigrationProblem } from "../sources/migration.ts";
import type { StatementReading } from "./effects.ts";
import { dotted } from "./names.ts";
import type { TransactionFault } from "./transactionControl.ts";

type Where = (offset: number) => string;

/** BEGIN, COMMIT and ROLLBACK within the file. */
export function transactionProblems(
  faults: readonly TransactionFault[],
  where: Where,
): MigrationProblem[] {
  return faults.map(({ statement, message, remedy }) => ({
    rule: "transaction-control",
    message,
    remedy,
    where: where(statement.offset),
    initialToo: true,
  }));
}

/** Statements that cannot run in a transaction block beside others that should. */
export function mixedTransactionProblems(
  readings: readonly StatementReading[],
  where: Where,
): MigrationProblem[] {
  const outside = readings.find(({ verdict }) => verdict.nonTransactional);
  // A setting can be made twice without harm, so it may stand beside.
  const others = readings.filter(
    ({ verdict, statement }) => !verdict.nonTransactional && statement.kind !== "VariableSetStmt",
  );
  const [other] = others;
  if (!outside || !other) return [];
  return [
    {
      rule: "non-transactional-mixed",
      message:
        `the file ${outside.verdict.summary}, which PostgreSQL runs outside a transaction only, ` +
        `and also ${other.verdict.summary}: a failure between them would leave half a file`,
      where: where(outside.statement.offset),
      remedy: "give each statement that cannot run in a transaction a file of its own",
      initialToo: true,
    },
  ];
}

/** Without a name nobody can tell after a crash whether an index was built, or which one is left INVALID. */
export function unnamedIndexProblems(
  readings: readonly StatementReading[],
  where: Where,
): MigrationProblem[] {
  return readings.flatMap(({ statement: { node, offset } }) =>
    "IndexStmt" in node && node.IndexStmt.concurrent && !node.IndexStmt.idxname
      ? {
          rule: "concurrent-index-unnamed",
          message:
            "an index that is built concurrently has no name: after a crash it could not be found",
          where: where(offset),
          remedy: "name it: CREATE INDEX CONCURRENTLY name ON …",
          initialToo: true,
        }
      : [],
  );
}

/** A value that ALTER TYPE ADD VALUE brings can't be used before the transaction has committed. */
export function enumValueProblems(
  readings: readonly StatementReading[],
  where: Where,
): MigrationProblem[] {
  const added = new Map<string, string>();
  const ownTypes = new Set<string>();
  const problems: MigrationProblem[] = [];
  for (const { statement } of readings) {
    const { node } = statement;
    if ("CreateEnumStmt" in node) ownTypes.add(dotted(node.CreateEnumStmt.typeName));
    if ("AlterEnumStmt" in node && !node.AlterEnumStmt.oldVal) {
      const type = dotted(node.AlterEnumStmt.typeName);
      if (!ownTypes.has(type)) added.set(node.AlterEnumStmt.newVal ?? "", type);
      continue;
    }
    const used = added.size > 0 && [...added.keys()].find((value) => mentions(node, value));
    if (used === false || used === undefined) continue;
    problems.push({
      rule: "enum-value-used",
      message: `value '${used}' of type ${added.get(used) ?? "?"} is added and used in the same file: PostgreSQL refuses it until the adding is committed`,
      where: where(statement.offset),
      remedy: "move what uses the value to the next file",
      initialToo: true,
    });
  }
  return problems;
}

/** Whether a tree holds `value` as a constant, or quoted within code (DO). */
function mentions(tree: unknown, value: string): boolean {
  if (Array.isArray(tree)) return tree.some((item) => mentions(item, value));
  if (typeof tree !== "object" || tree === null) return false;
  if ("sval" in tree && typeof tree.sval === "string") {
    return tree.sval === value || tree.sval.includes(`'${value}'`);
  }
  // Bodies of functions are not run when they are created.
  if ("CreateFunctionStmt" in tree) return false;
  return Object.values(tree).some((item) => mentions(item, value));
}
