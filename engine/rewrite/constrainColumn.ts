// The steps that give the new column the indexes and constraints of the old one, without holding anybody off for long.
import type { CarriedConstraint } from "./carryConstraints.ts";
import { alterTable, type PlannedMove } from "./columnMove.ts";
import { slug } from "./names.ts";
import { comment, paragraphs, stageHead, type Step } from "./step.ts";

const ANSWERS = {
  "stage-override": "the reason stands beside the stage",
  "drops-object": "the reason stands beside the stage",
  "strong-locks-on-several-tables": "a foreign key locks both its tables, here for a moment",
};

/** Builds the indexes; on a partitioned table each partition's, and then joins them. */
export function indexSteps({ move, indexes: { carried } }: PlannedMove): readonly Step[] {
  if (carried.length === 0) return [];
  const { tableName, to } = move;
  const lines = (pick: (index: (typeof carried)[number]) => readonly string[]) =>
    carried.flatMap(pick).join("\n");
  const joins = lines((index) => index.joins);
  return [
    {
      stage: "expand",
      name: slug("index", tableName, to.name),
      up: paragraphs(
        comment("Concurrently: the table is read and written meanwhile."),
        lines(({ builds }) => builds),
      ),
      down: paragraphs(lines(({ drops }) => drops.builds)),
    },
    ...(joins === ""
      ? []
      : [
          {
            stage: "expand" as const,
            answers: {
              "index-not-concurrent": "ON ONLY builds nothing",
              "work-under-exclusive-lock": "ON ONLY builds nothing",
              "strong-locks-on-several-tables": "the others are indexes that nobody uses yet",
            },
            name: slug("join", tableName, to.name, "indexes"),
            up: paragraphs(
              comment(
                "The partitions' indexes are built already, so each statement here is short. A partition that was made meanwhile has none: the index stays invalid until one is attached.",
              ),
              joins,
            ),
            down: paragraphs(
              comment(
                "Takes the partitions' indexes along; the file before built them, so they are built again, which holds writers off.",
              ),
              lines(({ drops }) => drops.joins),
              lines(({ builds }) => builds.map((sql) => sql.replace(" CONCURRENTLY ", " "))),
            ),
          },
        ]),
  ];
}

/** Constraints by table, each table's in one statement. */
function onTables(
  constraints: readonly CarriedConstraint[],
  part: (constraint: CarriedConstraint) => string,
): string {
  const tables = [...new Set(constraints.map(({ table }) => table))];
  return tables
    .map((table) => alterTable(table, constraints.filter((one) => one.table === table).map(part)))
    .join("\n");
}

function allOf({ constraints: { carried, filled } }: PlannedMove): readonly CarriedConstraint[] {
  return [...(filled ? [filled] : []), ...carried];
}

const addNotValid = ({ name, definition }: CarriedConstraint) =>
  `ADD CONSTRAINT ${name} ${definition} NOT VALID`;
const drop = ({ name }: CarriedConstraint) => `DROP CONSTRAINT ${name}`;

/** Constraints that hold for what is written from now on, and look at no row that is there. */
export function constrainStep(planned: PlannedMove): readonly Step[] {
  const constraints = allOf(planned);
  if (constraints.length === 0) return [];
  const { move } = planned;
  return [
    {
      stage: "expand",
      answers: ANSWERS,
      name: slug("constrain", move.tableName, move.to.name),
      up: paragraphs(
        stageHead(
          "expand",
          `the trigger fills ${move.to.name} for the version that runs, from a column that has the same constraints`,
        ),
        comment(
          "NOT VALID: no row that is there is looked at, which the next file does without holding anybody off.",
        ),
        onTables(constraints, addNotValid),
      ),
      down: paragraphs(onTables(constraints, drop)),
    },
  ];
}

/** Looks at the rows that are there, while the table is read and written. */
export function validateStep(planned: PlannedMove): readonly Step[] {
  const constraints = allOf(planned);
  if (constraints.length === 0) return [];
  const { tableName, to } = planned.move;
  return [
    {
      stage: "expand",
      name: slug("add", tableName, to.name, "proofs"),
      up: paragraphs(
        comment("Reads the rows while others read and write them."),
        onTables(constraints, ({ name }) => `VALIDATE CONSTRAINT ${name}`),
      ),
      down: paragraphs(
        comment("Not validated is a state that only a constraint made anew has."),
        onTables(constraints, drop),
        onTables(constraints, addNotValid),
      ),
    },
  ];
}

/** What the proofs before allow at once: NOT NULL without a scan, unique constraints on indexes that are built. */
export function requireStep(planned: PlannedMove): readonly Step[] {
  const {
    move,
    constraints: { filled },
  } = planned;
  const { quote, table, tableName, to } = move;
  const unique = uniqueConstraints(planned);
  const column = `ALTER COLUMN ${quote(to.name)}`;
  const up = [
    ...(filled ? [`${column} SET NOT NULL`, drop(filled)] : []),
    ...unique.map(({ name }) => `ADD CONSTRAINT ${quote(name)} UNIQUE USING INDEX ${quote(name)}`),
  ];
  if (up.length === 0) return [];
  return [
    {
      stage: "expand",
      answers: ANSWERS,
      name: slug("require", tableName, to.name),
      up: paragraphs(
        ...(filled
          ? [
              stageHead(
                "expand",
                `the trigger fills ${to.name} for the version that runs, as the check before has proven`,
              ),
              comment(
                "The validated check proves it, so no row is read; then the check has done its work.",
              ),
            ]
          : []),
        alterTable(table, up),
      ),
      down: paragraphs(
        alterTable(table, [
          ...(filled
            ? [`ADD CONSTRAINT ${filled.name} ${filled.definition}`, `${column} DROP NOT NULL`]
            : []),
          ...unique.map(({ name }) => `DROP CONSTRAINT ${quote(name)}`),
        ]),
        unique.map(({ plain }) => plain).join("\n"),
      ),
    },
  ];
}

/** A constraint of a partitioned table cannot be made from an index: there the index alone serves. */
function uniqueConstraints({ move, indexes: { carried } }: PlannedMove) {
  if (move.shape.kind === "partitioned") return [];
  return carried.filter(({ old }) => old.constraint !== undefined && !old.isPrimary);
}

/** The move whose primary key has the old column in it, with the index that takes its place. */
export function primaryOf({ indexes: { carried } }: PlannedMove) {
  return carried.find(({ old }) => old.isPrimary);
}
