// What would be refused when the file is applied, as findings.
import type { FileContext, Hit, LintRule } from "./rule.ts";

type Text = Pick<LintRule, "category" | "title" | "why" | "instead">;

const TEXTS: Readonly<Record<string, Text>> = {
  "mixed-stages": {
    category: "stage",
    title: "a file that adds and removes",
    why: "No moment of a release is right for both: what is added must be there before the rollout, what is removed may go after it only.",
    instead: "Two files; `lockstep rewrite NN` writes them.",
  },
  "breaks-running-code": {
    category: "stage",
    title: "a rename, a change of type, or a required column without default",
    why: "Old and new code run side by side during a rollout, and one of them cannot work with it.",
    instead:
      "Add the new form, keep both in step with a trigger, backfill, let the release use it, and drop the old one in a contract file: `lockstep rewrite NN` writes these steps for a rename of a column or table and for a change of type. Where nothing can break, a header says why.",
  },
  "name-contradicts-sql": {
    category: "stage",
    title: "a name that says another stage than the SQL",
    why: "One of the two is wrong, and nobody but the author knows which.",
    instead: "Another name, or a header that says which is right.",
  },
  "data-loss-in-expand": {
    category: "stage",
    title: "a header that says expand of what drops data",
    why: "It would run before the gate and without approval.",
    instead: "Leave the stage to the SQL.",
  },
  "backfill-without-trigger": {
    category: "data",
    title: "a backfill that copies values, without a trigger that keeps old and new in step",
    why: "The running version writes behind the walk, and contract would remove the only place where that is.",
    instead:
      'A trigger BEFORE INSERT OR UPDATE in an expand file before it, which copies both ways; or `sync="why"` in the directive where nothing can come apart. Constants and deletes need none.',
  },
  "transaction-control": {
    category: "transaction",
    title: "BEGIN, COMMIT or ROLLBACK within a file",
    why: "What it commits alone could be applied twice, or in part, when a run is cut short.",
    instead:
      "Nothing: the file runs in one transaction with its ledger row. What must commit apart is a file of its own, or a backfill.",
  },
  "non-transactional-mixed": {
    category: "transaction",
    title: "a statement that runs outside a transaction only, beside others",
    why: "A failure between them would leave half a file.",
    instead: "A file of its own for each.",
  },
  "enum-value-used": {
    category: "transaction",
    title:
      "a new enum value that is used in the file that adds it, where that cannot run in pieces",
    why: "PostgreSQL refuses the value until the adding is committed, so such a file runs statement by statement, each in a transaction of its own. A setting, an explicit transaction, a lock or a temporary table would not reach the statements after it.",
    instead: "Use it in the next file.",
  },
  "concurrent-index-unnamed": {
    category: "transaction",
    title: "CREATE INDEX CONCURRENTLY without a name",
    why: "After a crash nobody could tell whether it was built, or which one is left INVALID.",
    instead: "Name it.",
  },
  "code-step": {
    category: "stage",
    title: "a step of another tool that is code and no SQL",
    why: "lockstep cannot run it.",
    instead:
      "Apply what comes before it, let the other tool run it, and have it recorded with `lockstep adopt`.",
  },
  "not-replaceable": {
    category: "stage",
    title: "a statement in a repeatable file that cannot run again",
    why: "A repeatable file runs whenever it changed; a statement that fails the second time stops the release.",
    instead: "CREATE OR REPLACE, or a numbered file.",
  },
};

/** One rule for each refusal of the runner's; they can neither be set nor ignored. */
export const PROBLEM_RULES: readonly LintRule[] = Object.entries(TEXTS).map(([id, text]) => ({
  id,
  ...text,
  level: "error",
  fixed: true,
  file: (context) => problemHits(context, id),
}));

/** More than are told one by one (`MAX_ALIKE`). */
const PLACED = 100;

function problemHits({ migration: { problems, sql } }: FileContext, id: string): Hit[] {
  return problems
    .filter(({ rule }) => rule === id)
    .map(({ message, where, remedy, rewrite }, index) => ({
      message,
      remedy,
      ...(rewrite !== undefined && { rewrite }),
      // What comes behind is only counted.
      ...(index < PLACED && { unit: unitOf(where, sql) }),
    }));
}

/** Back from `file:line:column` to the offset in UTF-16 units. */
function unitOf(where: string, sql: string): number {
  const [line = 1, column = 1] = /:(\d+):(\d+)$/.exec(where)?.slice(1).map(Number) ?? [];
  let start = 0;
  for (let left = line - 1; left > 0; left--) start = sql.indexOf("\n", start) + 1;
  return start + [...sql.slice(start).slice(0, 2 * column)].slice(0, column - 1).join("").length;
}
