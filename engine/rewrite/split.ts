// A file that adds and removes, as two files.
import type { Migration } from "../sources/migration.ts";
import type { SqlParser } from "../sql/parse.ts";
import { slug } from "./names.ts";
import { cutPieces, type Piece, type Side } from "./pieces.ts";
import { comment, paragraphs, type Step } from "./step.ts";

/** The two halves; undefined where the file has nothing of that stage. */
export interface Halves {
  readonly expand: Step | undefined;
  readonly contract: Step | undefined;
}

/**
 * Expand keeps what adds, contract gets what removes. In the down file it is the other way round: what drops undoes what was added.
 * What the recipes replace is in neither.
 * @throws LockstepError as cutPieces does.
 */
export async function splitFile(
  migration: Migration,
  pieces: readonly Piece[],
  parser: SqlParser,
): Promise<Halves> {
  const { down } = migration;
  const undo = down ? await cutPieces({ ...down, parser }) : [];
  const hasRecipe = pieces.some(({ side }) => side === "recipe");
  const base = migration.name.replace(/^(add|create|remove|drop)_(?=.)/i, "");
  const half = (stage: "expand" | "contract"): Step | undefined => {
    const own = pieces.filter(({ side }) => side === stage);
    if (own.length === 0) return undefined;
    const sides: readonly Side[] =
      stage === "expand" ? ["contract"] : hasRecipe ? ["expand"] : ["expand", "recipe"];
    const back = undo.filter(({ side }) => sides.includes(side));
    return {
      stage,
      name: slug(stage === "expand" ? "add" : "remove", base),
      up: textOf(own),
      down: back.length > 0 ? textOf(back) : (commentsOf(down?.sql, undo) ?? noWayBack(stage)),
    };
  };
  return { expand: half("expand"), contract: half("contract") };
}

function textOf(pieces: readonly Piece[]): string {
  return paragraphs(...pieces.map(({ text }) => text));
}

/** A down file of comments only counts for both. */
function commentsOf(sql: string | undefined, undo: readonly Piece[]): string | undefined {
  return undo.length === 0 && sql !== undefined && sql.trim() !== ""
    ? `${sql.trim()}\n`
    : undefined;
}

function noWayBack(stage: string): string {
  return paragraphs(
    comment(
      `The down file of the migration that this one was cut out of has nothing that undoes its ${stage} part: write it here, if there is any.`,
    ),
  );
}
