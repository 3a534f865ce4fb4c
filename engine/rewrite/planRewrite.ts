// What `lockstep rewrite` would write in place of a file that no stage of a release can run.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Migration } from "../sources/migration.ts";
import type { ExistingFile } from "../sources/scaffold.ts";
import { loadParser } from "../sql/parse.ts";
import { answerFindings } from "./answerFindings.ts";
import { createQuote } from "./names.ts";
import { ensureOwnForm, numberSteps, type NumberedStep } from "./numbering.ts";
import { cutPieces } from "./pieces.ts";
import { planRecipe, type RecipeContext, type RewriteWishes } from "./planMove.ts";
import { columnNamed } from "./shape.ts";
import { splitFile } from "./split.ts";
import type { Recipe, Step } from "./step.ts";
import { tableFromFiles } from "./tableFromFiles.ts";

/** What to rewrite, and what is known. */
export interface RewriteRequest extends RewriteWishes {
  readonly migration: Migration;
  /** All of the folder, in their order. */
  readonly migrations: readonly Migration[];
  /** The folder's files by name. */
  readonly existing: readonly ExistingFile[];
  /** Looks at a table in the database; undefined where none is reached or it has no such table. */
  readonly see: RecipeContext["see"];
  readonly now: Date;
}

/** What would be written. */
export interface RewritePlan {
  readonly steps: readonly NumberedStep[];
  /** What the user has to know, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Plans it; writes nothing.
 * @throws LockstepError USAGE where there is nothing to rewrite or something has to be told, UNSAFE_MIGRATION where there is no recipe.
 */
export async function planRewrite(request: RewriteRequest): Promise<RewritePlan> {
  const { migration, migrations, existing, see, now } = request;
  ensureOwnForm(migration);
  const parser = await loadParser();
  const quote = createQuote(parser);
  const pieces = await cutPieces({ ...migration, parser });
  ensureNeeded(migration);
  const before = migrations
    .slice(0, migrations.indexOf(migration))
    .filter(({ repeatable }) => !repeatable);
  const fromFiles = (table: string) => tableFromFiles({ migrations: before, parser, quote, table });
  const context: RecipeContext = {
    ...request,
    ...{ parser, quote, command: `lockstep rewrite ${migration.number}` },
    see: async (table) => {
      const seen = await see(table);
      // A pending file may be what makes table or column.
      const isThere = seen && (table.column === undefined || columnNamed(seen, table.column));
      return isThere ? seen : (fromFiles(table.spelled) ?? seen);
    },
  };
  const moves = pieces.filter(({ side }) => side === "recipe");
  ensureOneWish(request, moves.length);
  const recipes: Recipe[] = [];
  for (const piece of moves) recipes.push(await planRecipe(piece, context));
  const halves = await splitFile(migration, pieces, parser);
  const made = recipes.flatMap(({ steps }) => steps);
  const steps: Step[] = [
    ...made.filter(({ stage }) => stage === "expand"),
    ...(halves.expand ? [halves.expand] : []),
    ...made.filter(({ stage }) => stage === "contract"),
    ...(halves.contract ? [halves.contract] : []),
  ];
  return {
    steps: await answerFindings(
      migration,
      migrations,
      numberSteps({ steps, original: migration, existing, now }),
    ),
    notes: [...new Set([...recipes.flatMap(({ notes }) => notes), ...laterNotes(request)])],
  };
}

/** What a person adds is meant for one change. */
function ensureOneWish({ as, back, key, migration }: RewriteRequest, moves: number): void {
  if (moves < 2 || (as ?? back ?? key) === undefined) return;
  throw new LockstepError(
    "USAGE",
    "--as, --back and --key are for one change, and the file has several",
    {
      where: migration.path,
      seen: `${moves} renames and changes of type`,
      next: "give each a file of its own, then rewrite these one by one",
    },
  );
}

/** Rules that a rewrite answers. */
const REWRITABLE: ReadonlySet<string> = new Set(["mixed-stages", "breaks-running-code"]);

function ensureNeeded({ problems, path, stage }: Migration): void {
  if (problems.some(({ rule }) => REWRITABLE.has(rule))) return;
  throw new LockstepError("USAGE", "There is nothing to rewrite: the file fits one stage", {
    where: path,
    seen: `its stage is ${stage}`,
    next: "lockstep lint says what else there is to be said against it",
  });
}

/** Files behind the original run before what now comes at the end. */
function laterNotes({ migration, migrations }: RewriteRequest): readonly string[] {
  const later = migrations
    .slice(migrations.indexOf(migration) + 1)
    .filter(({ repeatable }) => !repeatable);
  if (later.length === 0) return [];
  return [
    `${later.map(({ number, name }) => `${number}_${name}`).join(", ")} come${later.length === 1 ? "s" : ""} after the file, and before what is written behind them: see that they still fit (lockstep rehearse)`,
  ];
}
