// Reads what a file asks for (a rename, a change of type) and looks whether a recipe can do it.
import type { AlterTableCmd, RangeVar } from "@pgsql/types";
import { LockstepError } from "../errors/lockstepError.ts";
import { relationName } from "../lint/names.ts";
import { toSnakeCase } from "../sources/migrationName.ts";
import type { SqlParser } from "../sql/parse.ts";
import { loadTokens } from "../sql/tokens.ts";
import type { ColumnMove } from "./columnMove.ts";
import { identity, isSameFamily, planConversion } from "./conversion.ts";
import { moveColumn } from "./moveColumn.ts";
import { fittingName, type Quote } from "./names.ts";
import { alterPart, type Piece } from "./pieces.ts";
import { renameTable } from "./renameTable.ts";
import { columnNamed, type ColumnShape, type TableShape } from "./shape.ts";
import type { Recipe } from "./step.ts";

/** What a person may add to what the file says. */
export interface RewriteWishes {
  /** The new column's name, for a change of type. */
  readonly as?: string;
  /** The way back, an expression over the new column. */
  readonly back?: string;
  /** Columns by which the backfill walks. */
  readonly key?: readonly string[];
}

/** What recipes are made with. */
export interface RecipeContext extends RewriteWishes {
  readonly parser: SqlParser;
  readonly quote: Quote;
  /** Looks at a table: its name as SQL has it, and as the parser spells it. */
  readonly see: (table: {
    readonly sql: string;
    readonly spelled: string;
    /** The one that matters. */
    readonly column?: string;
  }) => Promise<TableShape | undefined>;
  /** `lockstep rewrite 05` */
  readonly command: string;
}

/**
 * The recipe for one piece.
 * @throws LockstepError UNSAFE_MIGRATION where there is none for it, USAGE where something has to be told.
 */
export async function planRecipe(piece: Piece, context: RecipeContext): Promise<Recipe> {
  const { node } = piece.statement;
  if ("RenameStmt" in node) {
    const { renameType, relationType, relation, subname, newname = "" } = node.RenameStmt;
    if (renameType === "OBJECT_TABLE" && relation)
      return planTable(piece, { relation, newname }, context);
    if (renameType === "OBJECT_COLUMN" && relation && relationType === "OBJECT_TABLE")
      return moveColumn(
        await planColumn(piece, { relation, name: subname ?? "", to: { name: newname } }, context),
      );
  }
  if (
    "AlterTableStmt" in node &&
    piece.command?.subtype === "AT_AlterColumnType" &&
    node.AlterTableStmt.relation
  ) {
    const { relation } = node.AlterTableStmt;
    const to = await newType(piece, piece.command, context);
    return moveColumn(
      await planColumn(piece, { relation, name: piece.command.name ?? "", to }, context),
    );
  }
  throw new LockstepError(
    "UNSAFE_MIGRATION",
    `There is no recipe for what this does: ${piece.verdict.summary}`,
    {
      where: piece.where,
      seen: piece.sql,
      next: piece.verdict.summary.startsWith("adds column")
        ? "add it nullable or with a default, fill it, and forbid nulls in a contract file (SET NOT NULL)"
        : "write the steps by hand (docs/rewrite.md has their order): make the new one, let the new version use it, drop the old one in a contract file",
    },
  );
}

interface NewColumn {
  readonly name: string;
  /** Undefined for a rename. */
  readonly type?: string;
  readonly collation?: string;
  readonly using?: string;
}

async function newType(
  piece: Piece,
  command: AlterTableCmd,
  { as }: RecipeContext,
): Promise<NewColumn> {
  const text = await alterPart(piece.sql);
  const tokens = await loadTokens(text);
  // ALTER [COLUMN] name [SET DATA] TYPE: the name may be `type` itself.
  const nameAt = tokens[1]?.word === "column" ? 2 : 1;
  const typeAt = tokens.findIndex(({ word }, at) => at > nameAt && word === "type");
  const using = tokens.find(({ word, depth }) => word === "using" && depth === 0);
  const collate = tokens.find(
    ({ word, depth, start }) =>
      word === "collate" && depth === 0 && start < (using?.start ?? Infinity),
  );
  const type = text.slice(tokens[typeAt]?.end, collate?.start ?? using?.start).trim();
  const collation = collate && text.slice(collate.end, using?.start).trim();
  return {
    name: as ?? fittingName(`${command.name ?? ""}_${toSnakeCase(type)}`),
    type,
    ...(collation && { collation }),
    ...(using && { using: text.slice(using.end).trim() }),
  };
}

interface Asked {
  readonly relation: RangeVar;
  readonly name: string;
  readonly to: NewColumn;
}

async function planColumn(piece: Piece, asked: Asked, context: RecipeContext): Promise<ColumnMove> {
  const { quote, parser, command } = context;
  const { relation, name, to } = asked;
  const shape = await seeTable(piece, { relation, column: name }, context);
  const fail = (message: string, next: string): never => {
    throw new LockstepError("UNSAFE_MIGRATION", message, {
      where: piece.where,
      seen: piece.sql,
      next,
    });
  };
  const from =
    columnNamed(shape, name) ??
    fail(
      `${relationName(relation)} has no column ${name}`,
      "look at the name; lockstep status shows what is applied",
    );
  ensureMovable(shape, { from, to }, fail);
  const conversion =
    to.type === undefined
      ? identity(parser, quote, { from: name, to: to.name })
      : planConversion({
          ...{
            parser,
            quote,
            from,
            command,
            using: to.using,
            back: context.back,
            where: piece.where,
          },
          to: { name: to.name, type: to.type },
        });
  const key = context.key ?? shape.key;
  if (key.length === 0) {
    throw new LockstepError(
      "USAGE",
      `${relationName(relation)} has no key that is known, by which a backfill could walk`,
      {
        where: piece.where,
        likely:
          shape.seenIn === "files"
            ? "no database was seen, and the files do not show its primary key"
            : "it has neither a primary key nor a unique index on required columns",
        next: `name columns that tell its rows apart: ${command} --key id`,
      },
    );
  }
  const prefix = relation.schemaname ? `${quote(relation.schemaname)}.` : "";
  const tableName = relation.relname ?? "";
  return {
    ...{ parser, quote, tableName, prefix, shape, from, conversion, key },
    table: prefix + quote(tableName),
    to: {
      name: to.name,
      type: to.type ?? from.type,
      collation: to.collation ?? (to.type === undefined ? from.collation : undefined),
    },
    isRename: to.type === undefined,
    isSameFamily: to.type === undefined || isSameFamily(parser, from.type, to.type),
    taken: new Set(
      [...shape.indexes, ...shape.checks, ...shape.foreignKeys].map((one) => one.name),
    ),
  };
}

type Fail = (message: string, next: string) => never;

function ensureMovable(
  shape: TableShape,
  { from, to }: { readonly from: ColumnShape; readonly to: NewColumn },
  fail: Fail,
): void {
  const stopped =
    'where the app may stop for it, say so at the head: -- lockstep: stage=contract reason="..."';
  if (shape.kind !== "table" && shape.kind !== "partitioned") {
    fail(
      shape.kind === "other"
        ? "This is no table"
        : "A trigger for one table of an inheritance tree does not reach the others",
      shape.kind === "partition" ? "name the partitioned table: its partitions follow" : stopped,
    );
  }
  if (from.isGenerated)
    fail(
      `${from.name} is a generated column: nobody writes it, so nothing can be kept in step`,
      `add a generated column ${to.name} in an expand file, and drop ${from.name} in a contract file`,
    );
  if (
    from.identity !== undefined &&
    to.type !== undefined &&
    !/^(small|big)?int|^int[248]$/i.test(to.type)
  )
    fail(`${from.name} is an identity, and a ${to.type} cannot be one`, stopped);
  if (from.isPartitionKey)
    fail(
      `${from.name} is part of the partition key, which no trigger may change and no other column can take over`,
      `make a new partitioned table, or, ${stopped}`,
    );
  if (
    shape.kind === "partitioned" &&
    shape.indexes.some(({ isPrimary, uses }) => isPrimary && uses.includes(from.name))
  )
    fail(
      `${from.name} is in the primary key of a partitioned table, which cannot be made from an index that is built first`,
      stopped,
    );
  if (from.sequence !== undefined && shape.seenIn === "files")
    fail(
      `${from.name} gets its numbers from a sequence, which no file names and no database was seen`,
      "set DATABASE_URL to a database that has the table, then run the command again",
    );
  if (columnNamed(shape, to.name))
    fail(
      `There is a column ${to.name} already`,
      "name another one with --as, or drop that one first",
    );
  if (/[\r\n]/.test(from.name + to.name))
    fail("A column's name holds a line break, which no backfill's directive can", stopped);
}

async function planTable(
  piece: Piece,
  asked: { readonly relation: RangeVar; readonly newname: string },
  context: RecipeContext,
): Promise<Recipe> {
  const { quote } = context;
  const { relation, newname } = asked;
  const shape = await seeTable(piece, { relation }, context);
  if (shape.columns.length === 0) {
    throw new LockstepError(
      "UNSAFE_MIGRATION",
      `The columns of ${relationName(relation)} are not known, and a view has to name them`,
      {
        where: piece.where,
        next: "set DATABASE_URL to a database that has the table, then run the command again",
      },
    );
  }
  const prefix = relation.schemaname ? `${quote(relation.schemaname)}.` : "";
  const tableName = relation.relname ?? "";
  return renameTable({
    ...{ quote, tableName, prefix, shape, where: piece.where },
    table: prefix + quote(tableName),
    newName: newname,
  });
}

async function seeTable(
  piece: Piece,
  { relation, column }: { readonly relation: RangeVar; readonly column?: string },
  { see, quote }: RecipeContext,
): Promise<TableShape> {
  const { schemaname, relname = "" } = relation;
  const sql = `${schemaname ? `${quote(schemaname)}.` : ""}${quote(relname)}`;
  const shape = await see({
    ...{ sql, spelled: relationName(relation) },
    ...(column !== undefined && { column }),
  });
  if (shape) return shape;
  throw new LockstepError("UNSAFE_MIGRATION", `Nothing is known of ${relationName(relation)}`, {
    where: piece.where,
    likely: "no database with this table could be seen, and no earlier file creates it",
    next: "set DATABASE_URL to a database that has the table, then run the command again",
  });
}
