// The contract step: the old column goes, and what only it could have comes to the new one.
import pg from "pg";
import {
  alterTable,
  commentSql,
  spoken,
  syncOf,
  type ColumnMove,
  type PlannedMove,
} from "./columnMove.ts";
import { primaryOf } from "./constrainColumn.ts";
import { slug } from "./names.ts";
import { comment, paragraphs, stageHead, type Step } from "./step.ts";
import { dropSyncTriggerSql, syncTriggerSql } from "./syncTrigger.ts";

const ANSWERS = {
  "stage-override": "the reason stands beside the stage",
  "drops-object": "no version relies on them once the one before is gone",
  "drop-of-required-column": "until here the trigger filled it",
  "drops-constraint": "the one on the new column keeps the same out",
  "foreign-key-drop-locks-both": "both are locked for a moment only",
  "strong-locks-on-several-tables": "all are locked for a moment only",
  "work-under-exclusive-lock": "it reads one row",
};

/** Drops trigger, function and old column; its down file brings all three back, filled. */
export function removeColumnStep(planned: PlannedMove): Step {
  const { move } = planned;
  const { quote, table, from, to, tableName } = move;
  return {
    stage: "contract",
    name: slug("remove", tableName, from.name),
    answers: {
      ...ANSWERS,
      ...(move.conversion.isExact && {
        "drops-data": `every value is in ${to.name} too: nothing remains to be filled when this runs`,
      }),
    },
    up: paragraphs(
      from.identity === undefined
        ? ""
        : stageHead("contract", "what it adds takes over from what it drops"),
      comment(
        `Ends the move: nobody reads or writes ${spoken(move, from.name)} any more. The trigger first, it names the column that goes; all in one transaction, so no write falls between. No CASCADE: a view that still reads the column should stop this, not disappear with it.`,
      ),
      dropSyncTriggerSql(syncOf(move)),
      dropReferences(planned),
      handOver(move),
      alterTable(table, [
        ...swapPrimaryKey(planned),
        ...(from.default === undefined
          ? []
          : [`ALTER COLUMN ${quote(to.name)} SET DEFAULT ${defaultOf(move, from.default)}`]),
        `DROP COLUMN ${quote(from.name)}`,
      ]),
    ),
    down: restore(planned),
  };
}

function defaultOf({ isRename, from, to }: ColumnMove, expression: string): string {
  return isRename || from.sequence !== undefined ? expression : `(${expression})::${to.type}`;
}

function dropReferences({ constraints: { carried } }: PlannedMove): string {
  return carried
    .flatMap(({ table, old, refersToOld }) =>
      old && refersToOld ? `ALTER TABLE ${table} DROP CONSTRAINT ${old.name};` : [],
    )
    .join("\n");
}

function swapPrimaryKey(planned: PlannedMove): readonly string[] {
  const primary = primaryOf(planned);
  if (!primary) return [];
  const { quote } = planned.move;
  const name = quote(primary.old.constraint ?? primary.old.name);
  return [
    `DROP CONSTRAINT ${name}`,
    `ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${quote(primary.name)}`,
  ];
}

/** A serial's sequence is handed over; an identity's cannot be, so a new one goes on where it stood. */
function handOver(move: ColumnMove): string {
  const { quote, table, from, to } = move;
  if (from.sequence === undefined) return "";
  const column = `ALTER TABLE ${table} ALTER COLUMN ${quote(to.name)}`;
  if (from.identity === undefined)
    return `ALTER SEQUENCE ${from.sequence}${numbersAs(move, to.type)} OWNED BY ${table}.${quote(to.name)};`;
  return [
    comment(`The numbers go on where those of ${spoken(move, from.name)} stood.`),
    `${column} ADD GENERATED ${from.identity.toUpperCase()} AS IDENTITY${optionsOf(move)};`,
    goOn({ table, column: to.name }, from.sequence),
  ].join("\n");
}

/** A serial's sequence ends where its column's type does; in a text nothing ends. */
function numbersAs({ isRename, isSameFamily }: ColumnMove, type: string): string {
  return isRename || !isSameFamily ? "" : ` AS ${type}`;
}

function optionsOf({ from }: ColumnMove): string {
  return from.sequenceOptions === undefined ? "" : ` (${from.sequenceOptions})`;
}

function goOn(
  { table, column }: { readonly table: string; readonly column: string },
  sequence: string,
): string {
  return `SELECT setval(pg_get_serial_sequence(${pg.escapeLiteral(table)}, ${pg.escapeLiteral(column)}), last_value, is_called) FROM ${sequence};`;
}

function restore(planned: PlannedMove): string {
  const { move, indexes, constraints } = planned;
  const { quote, table, from, to, conversion } = move;
  const primary = primaryOf(planned);
  const old = `ALTER COLUMN ${quote(from.name)}`;
  const collation = from.collation === undefined ? "" : ` COLLATE ${from.collation}`;
  const back = conversion.back.render(quote);
  const refers = constraints.carried.filter(({ refersToOld }) => refersToOld);
  const own = constraints.carried.filter(({ refersToOld }) => !refersToOld);
  const primaryName = quote(primary?.old.constraint ?? "");
  return paragraphs(
    comment(
      `Gives the version before its column back, filled from ${to.name}, with the trigger. What was dropped was equal to ${to.name} at that moment${conversion.isExact ? "" : ", as far as the way back says"}. Holds the table for the whole update: stop the app or expect it to wait.`,
    ),
    `ALTER TABLE ${table} ADD COLUMN ${quote(from.name)} ${from.type}${collation};`,
    `UPDATE ${table} SET ${quote(from.name)} = ${back} WHERE ${quote(to.name)} IS NOT NULL;`,
    // What refers to the new column rests on the index that the primary key took.
    primary
      ? refers.map(({ table: of, name }) => `ALTER TABLE ${of} DROP CONSTRAINT ${name};`).join("\n")
      : "",
    primary ? `ALTER TABLE ${table} DROP CONSTRAINT ${primaryName};` : "",
    primary ? primary.plain : "",
    alterTable(table, [
      ...(from.notNull ? [`${old} SET NOT NULL`] : []),
      ...(from.default !== undefined && from.sequence === undefined
        ? [`${old} SET DEFAULT ${from.default}`, `ALTER COLUMN ${quote(to.name)} DROP DEFAULT`]
        : []),
    ]),
    takeBackSequence(move),
    commentSql(move, from.comment, from.name),
    restoreIndexes(planned),
    own
      .flatMap(({ table: of, old: before }) =>
        before ? `ALTER TABLE ${of} ADD CONSTRAINT ${before.name} ${before.definition};` : [],
      )
      .join("\n"),
    refers
      .flatMap(({ table: of, old: before, name, definition }) => [
        ...(before
          ? [`ALTER TABLE ${of} ADD CONSTRAINT ${before.name} ${before.definition};`]
          : []),
        ...(primary ? [`ALTER TABLE ${of} ADD CONSTRAINT ${name} ${definition};`] : []),
      ])
      .join("\n"),
    syncTriggerSql(syncOf(move)),
    // Given by name so that a reader finds what is not restored.
    [...indexes.left, ...constraints.left]
      .map((one) => comment(`TODO not restored: ${one.replace(/\s+/g, " ")}`))
      .join("\n"),
  );
}

function takeBackSequence(move: ColumnMove): string {
  const { quote, table, from, to } = move;
  if (from.sequence === undefined) return "";
  const [old, now] = [from.name, to.name].map(
    (name) => `ALTER TABLE ${table} ALTER COLUMN ${quote(name)}`,
  );
  if (from.identity === undefined) {
    return [
      `ALTER SEQUENCE ${from.sequence}${numbersAs(move, from.type)} OWNED BY ${table}.${quote(from.name)};`,
      `${old ?? ""} SET DEFAULT ${from.default ?? ""};`,
      `${now ?? ""} DROP DEFAULT;`,
    ].join("\n");
  }
  const max = `(SELECT coalesce(max(${quote(to.name)}), 0) + 1 FROM ${table})`;
  return [
    `${now ?? ""} DROP IDENTITY;`,
    `${old ?? ""} ADD GENERATED ${from.identity.toUpperCase()} AS IDENTITY${optionsOf(move)};`,
    `SELECT setval(pg_get_serial_sequence(${pg.escapeLiteral(table)}, ${pg.escapeLiteral(from.name)}), ${max}, false);`,
  ].join("\n");
}

function restoreIndexes({ indexes: { carried }, move }: PlannedMove): string {
  return carried
    .map(({ old }) => {
      if (old.constraint === undefined) return `${old.definition};`;
      return `ALTER TABLE ${move.table} ADD CONSTRAINT ${move.quote(old.constraint)} ${old.constraintDefinition ?? ""};`;
    })
    .join("\n");
}
