// Problems of a file that have nothing to do with its stage: transactions and what cannot run in one.
import type { MigrationProblem } from "../sources/migration.ts";
import type { StatementReading } from "./effects.ts";
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
