// Hits for statements by what the analysis says of them.
import type { Statement } from "../../sources/migration.ts";
import type { FileContext, Hit } from "./rule.ts";

/** One hit for each statement of the file that `concerns` takes. */
export function statementHits(
  { migration, statements }: FileContext,
  concerns: (statement: Statement) => boolean,
  say: (statement: Statement) => Pick<Hit, "message" | "remedy">,
): readonly Hit[] {
  return migration.statements.flatMap((statement, index) => {
    const parsed = statements[index];
    return parsed && concerns(statement) ? { ...say(statement), statement: parsed } : [];
  });
}
