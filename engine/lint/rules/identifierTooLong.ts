// Points at names that PostgreSQL cuts.
import type { Node } from "@pgsql/types";
import type { ParsedStatement } from "../../sql/parse.ts";
import { dotted } from "../names.ts";
import { findAll } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** A name of more than 63 bytes. */
export const identifierTooLongRule: LintRule = {
  id: "identifier-too-long",
  category: "correctness",
  level: "warning",
  title: "a name of more than 63 bytes",
  why: "PostgreSQL cuts it without a word; two long names may become one, and code that looks it up does not find it.",
  instead: "A shorter name.",
  file: ({ statements }) =>
    statements.filter(mayHoldLongName).flatMap((statement) =>
      madeNames(statement.node).flatMap((name) => {
        const written = asWritten(name, statement.sql);
        return written === undefined
          ? []
          : {
              message: `${written} has ${Buffer.byteLength(written)} bytes: PostgreSQL cuts it to ${LIMIT}`,
              remedy: "choose a shorter name",
              statement,
            };
      }),
    ),
};

/** NAMEDATALEN - 1. */
const LIMIT = 63;

/** Spares nearly all statements the walk through their tree. A word is looked at from its beginning only. */
function mayHoldLongName({ sql }: ParsedStatement): boolean {
  return /(?<![\w$])[\w$]{60}|[\u0080-\uffff]/.test(sql);
}

/** The longer word that `name`, as the parser cut it, stands for. */
function asWritten(name: string, sql: string): string | undefined {
  // The cut may fall before a character of up to 4 bytes.
  if (Buffer.byteLength(name) < LIMIT - 3) return undefined;
  const start = sql.toLowerCase().indexOf(name.toLowerCase());
  const word = start < 0 ? "" : (/^[\w$\u0080-\uffff]+/.exec(sql.slice(start))?.[0] ?? "");
  return Buffer.byteLength(word) > LIMIT ? word : undefined;
}

function madeNames(node: Node): readonly string[] {
  const columns = findAll(node, "ColumnDef").map(({ colname }) => colname);
  const constraints = findAll(node, "Constraint").map(({ conname }) => conname);
  const own =
    "CreateStmt" in node
      ? node.CreateStmt.relation?.relname
      : "IndexStmt" in node
        ? node.IndexStmt.idxname
        : "CreateTrigStmt" in node
          ? node.CreateTrigStmt.trigname
          : "ViewStmt" in node
            ? node.ViewStmt.view?.relname
            : "RenameStmt" in node
              ? node.RenameStmt.newname
              : "CreateFunctionStmt" in node
                ? dotted(node.CreateFunctionStmt.funcname).split(".").at(-1)
                : undefined;
  return [own, ...columns, ...constraints].flatMap((name) =>
    typeof name === "string" ? name : [],
  );
}
