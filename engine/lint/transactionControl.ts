// A file's own BEGIN and COMMIT: the outermost pair is the runner's business, inner ones are refused.
import type { TransactionStmtKind } from "@pgsql/types";
import { withoutStrings } from "../sql/lexer.ts";
import type { ParsedStatement } from "../sql/parse.ts";

/** A statement that the runner cannot hold to "none twice, none left out". */
export interface TransactionFault {
  readonly statement: ParsedStatement;
  readonly message: string;
  readonly remedy: string;
}

/** A file's statements without its own outermost transaction block. */
export interface Unwrapped {
  readonly statements: readonly ParsedStatement[];
  /** The BEGIN and COMMIT that were taken away; none where the file has no such pair. */
  readonly stripped: readonly ParsedStatement[];
  readonly faults: readonly TransactionFault[];
}

/**
 * Takes a pair of BEGIN and COMMIT around the whole file (settings may stand before it) away; the runner opens the transaction
 * itself, together with the ledger's row. Every other BEGIN, COMMIT or ROLLBACK is a fault, also
 * within a DO block. Savepoints are left alone.
 */
export function unwrapTransaction(statements: readonly ParsedStatement[]): Unwrapped {
  const first = statements.findIndex(({ kind }) => kind !== "VariableSetStmt");
  const opens = kindOf(statements[first]);
  const closes = statements.at(-1);
  const isWrapped =
    (opens === "TRANS_STMT_BEGIN" || opens === "TRANS_STMT_START") &&
    kindOf(closes) === "TRANS_STMT_COMMIT" &&
    !chains(closes);
  const isStripped = (index: number) =>
    isWrapped && (index === first || index === statements.length - 1);
  const kept = statements.filter((_, index) => !isStripped(index));
  return {
    statements: kept,
    stripped: statements.filter((_, index) => isStripped(index)),
    faults: [
      ...(isWrapped ? optionFaults(statements[first]) : []),
      ...kept.flatMap((statement) => faultOf(statement) ?? []),
    ],
  };
}

/** The runner's own transaction is READ COMMITTED; a file that wants another one must not run in it unnoticed. */
function optionFaults(opens: ParsedStatement | undefined): TransactionFault[] {
  const wants =
    opens &&
    "TransactionStmt" in opens.node &&
    (opens.node.TransactionStmt.options ?? []).length > 0;
  if (!wants) return [];
  return [
    {
      statement: opens,
      message: `${opens.sql}: the file asks for a kind of transaction that the runner's is not`,
      remedy:
        "take the level away where READ COMMITTED does; where it must be kept, lock the tables first (LOCK TABLE), or make it a backfill",
    },
  ];
}

/** `text` with blanks in place of `stripped`, so that every offset stays what it is. */
export function blankOut(
  text: string,
  stripped: readonly { readonly sql: string; readonly offset: number }[],
): string {
  return stripped.reduce((left, { sql, offset }) => {
    const blank = sql.replace(/[^\n]/g, " ");
    return left.slice(0, offset) + blank + left.slice(offset + sql.length);
  }, text);
}

function kindOf(statement: ParsedStatement | undefined): TransactionStmtKind | undefined {
  return statement && "TransactionStmt" in statement.node
    ? statement.node.TransactionStmt.kind
    : undefined;
}

function chains(statement: ParsedStatement | undefined): boolean {
  return (
    !!statement && "TransactionStmt" in statement.node && !!statement.node.TransactionStmt.chain
  );
}

const HARMLESS: ReadonlySet<TransactionStmtKind> = new Set<TransactionStmtKind>([
  "TRANS_STMT_SAVEPOINT",
  "TRANS_STMT_RELEASE",
  "TRANS_STMT_ROLLBACK_TO",
]);

function faultOf(statement: ParsedStatement): TransactionFault | undefined {
  const kind = kindOf(statement);
  if (kind && !HARMLESS.has(kind)) {
    const word = statement.sql.split(/\s/, 1)[0]?.toUpperCase() ?? "";
    return {
      statement,
      message: `${word} within the file: what it commits alone could be applied twice, or in part`,
      remedy:
        "take it out: the file runs in one transaction with its ledger row; what must commit apart is a file of its own",
    };
  }
  if (!commitsInBlock(statement)) return undefined;
  return {
    statement,
    message: "a DO block that commits by itself could be applied twice, or in part",
    remedy:
      "make it a backfill file (-- lockstep: backfill ...), which commits in batches and resumes",
  };
}

/** Whether a DO block holds COMMIT or ROLLBACK as a statement, comments and strings aside. */
function commitsInBlock({ node }: ParsedStatement): boolean {
  if (!("DoStmt" in node)) return false;
  const code = (node.DoStmt.args ?? []).flatMap((arg) =>
    "DefElem" in arg &&
    arg.DefElem.defname === "as" &&
    arg.DefElem.arg &&
    "String" in arg.DefElem.arg
      ? [arg.DefElem.arg.String.sval ?? ""]
      : [],
  );
  return code.some((body) =>
    /(^|;|\b(begin|then|else|loop))\s*(commit|rollback)\b/i.test(withoutStrings(body)),
  );
}
