// Hits for statements by what the analysis says of them.
import type { Node } from "@pgsql/types";
import type { Statement } from "../../sources/migration.ts";
import { objectName } from "../names.ts";
import { relationNames } from "../tree.ts";
import type { FileContext, Hit } from "./rule.ts";

/** One hit for each statement of the file that `concerns` takes, but for those on tables that files of the release before made. */
export function statementHits(
  { migration, statements, isNew }: FileContext,
  concerns: (statement: Statement) => boolean,
  say: (statement: Statement) => Pick<Hit, "message" | "remedy">,
): readonly Hit[] {
  return migration.statements.flatMap((statement, index) => {
    const parsed = statements[index];
    return parsed && concerns(statement) && !isOnNew(parsed.node, isNew)
      ? { ...say(statement), statement: parsed }
      : [];
  });
}

function isOnNew(node: Node, isNew: FileContext["isNew"]): boolean {
  const dropped =
    "DropStmt" in node && node.DropStmt.removeType === "OBJECT_TABLE"
      ? (node.DropStmt.objects ?? []).map(objectName)
      : [];
  const names = [...relationNames(node), ...dropped];
  return names.length > 0 && names.every((name) => isNew(name));
}
