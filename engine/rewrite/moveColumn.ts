// The recipe for a column that gets another name or type: a new column beside it, kept in step until contract.
import { carryConstraints } from "./carryConstraints.ts";
import { carryIndexes } from "./carryIndexes.ts";
import { commentSql, spoken, syncOf, type ColumnMove, type PlannedMove } from "./columnMove.ts";
import { constrainStep, indexSteps, requireStep, validateStep } from "./constrainColumn.ts";
import { slug } from "./names.ts";
import { removeColumnStep } from "./removeColumn.ts";
import { unseenOf } from "./shape.ts";
import { comment, paragraphs, type Recipe, type Step } from "./step.ts";
import { dropSyncTriggerSql, recordsDiffer, syncTriggerSql } from "./syncTrigger.ts";

/** The migrations of the move, in their order. */
export async function moveColumn(move: ColumnMove): Promise<Recipe> {
  const indexes = await carryIndexes(move);
  const constraints = await carryConstraints(move);
  const planned = { move, indexes, constraints };
  const left = [...indexes.left, ...constraints.left, ...unseenOf(move.shape, move.from.name)];
  return {
    steps: [
      addStep(planned, left),
      fillStep(move),
      ...indexSteps(planned),
      ...constrainStep(planned),
      ...validateStep(planned),
      ...requireStep(planned),
      removeColumnStep(planned),
    ],
    notes: [...left.map((one) => `not carried over: ${one}`), ...notesOn(move)],
  };
}

function addStep({ move }: PlannedMove, left: readonly string[]): Step {
  const { quote, table, tableName, from, to } = move;
  const sync = syncOf(move);
  const collation = to.collation === undefined ? "" : ` COLLATE ${to.collation}`;
  const grants = from.grants.map(
    ({ right, role }) => `GRANT ${right} (${quote(to.name)}) ON ${table} TO ${role};`,
  );
  return {
    stage: "expand",
    name: slug("add", tableName, to.name),
    answers: { "trigger-locks-table": "it is there until the contract file, and copies one value" },
    up: paragraphs(
      comment(
        `${spoken(move, from.name)} moves to ${to.name}. From here until the contract file the version that knows only ${from.name} and the one that knows only ${to.name} run side by side; the server keeps the two equal, whichever is written.`,
        ...left.map((one) => `TODO not carried over: ${one.replace(/\s+/g, " ")}`),
      ),
      `-- Nullable and without a default: no rewrite of the table, and a null tells that nobody gave a value.\nALTER TABLE ${table} ADD COLUMN ${quote(to.name)} ${to.type}${collation};`,
      commentSql(move, from.comment, to.name),
      grants.join("\n"),
      syncTriggerSql(sync),
    ),
    down: paragraphs(
      comment(
        `Loses no value: the trigger has written to ${from.name} whatever was written to ${to.name}. The version that knows only ${to.name} must be gone before this runs.`,
      ),
      dropSyncTriggerSql(sync),
      `ALTER TABLE ${table} DROP COLUMN ${quote(to.name)};`,
    ),
  };
}

/** Rows of the first batch; the runner finds its own size from there. */
const FIRST_BATCH = 1_000;

function fillStep(move: ColumnMove): Step {
  const { quote, table, tableName, to, conversion, key, isRename } = move;
  const forth = conversion.forth.render(quote);
  const isMissing = `${quote(to.name)} IS NULL AND ${isRename ? forth : `(${forth})`} IS NOT NULL`;
  // Where they can be compared, rows that came apart behind the trigger's back hold contract up as well.
  const remaining = conversion.isComparable
    ? recordsDiffer([quote(to.name)], [isRename ? forth : `(${forth})::${to.type}`])
    : isMissing.replace(/\s+/g, " ");
  return {
    stage: "expand",
    name: slug("fill", tableName, to.name),
    up: paragraphs(
      `-- lockstep: backfill table=${table} key=${key.map(quote).join(",")} batch=${FIRST_BATCH} remaining=SELECT count(*) FROM ${table} WHERE ${remaining}`,
      comment(
        "The rows from before the trigger. Those written since are the trigger's, so a batch never meets a value that is newer than its own.",
      ),
      `UPDATE ${table}\nSET ${quote(to.name)} = ${forth}\nWHERE ${isMissing};`,
    ),
    down: paragraphs(
      comment("Nothing to take back: the copies go with their column."),
      "SELECT 1;",
    ),
  };
}

function notesOn(move: ColumnMove): readonly string[] {
  const { from, to, shape, isRename, conversion } = move;
  const dependants = shape.dependants.filter(({ column }) => column === from.name);
  return [
    ...(isRename
      ? []
      : [
          `the new column is called ${to.name}: two versions cannot share one name for two types. The app switches to that name`,
          `until contract a value that ${from.type} cannot hold is refused in ${to.name}: the version before could not read it`,
        ]),
    ...(conversion.isExact || isRename
      ? []
      : ["what --back does to values nobody can check: rehearse, and compare"]),
    ...(from.default !== undefined && !from.notNull
      ? [
          `${from.name} has a default and may be null: until contract an INSERT that gives ${to.name} NULL gets the default`,
        ]
      : []),
    ...dependants.map(({ what, goesAlong }) =>
      goesAlong
        ? `${what} goes with ${from.name}: make it again on ${to.name}`
        : `${what} reads ${from.name}: change it in a file before the last one, which else stops there`,
    ),
    `functions whose text names ${from.name} cannot be seen: look for them`,
  ];
}
