// The stage of a file: from its SQL, cross-checked with its name, overridden by its head.
import type { MigrationProblem, Stage } from "../sources/migration.ts";
import type { StatementReading } from "./effects.ts";
import { splitPreview } from "./splitPreview.ts";
import type { Verdict } from "./verdict.ts";

/** What the stage is told from. */
export interface StageInput {
  /** The file's name without number and ending. */
  readonly name: string;
  readonly readings: readonly StatementReading[];
  readonly override: { readonly value: Stage; readonly reason: string } | undefined;
  /** The file's number, where `lockstep rewrite` can be told it; undefined for other tools' files. */
  readonly rewriteNumber?: string | undefined;
  /** `file:line:column` of an offset in the up file. */
  readonly where: (offset: number) => string;
}

/** The stage, and why. */
export interface StageDecision {
  readonly stage: Stage;
  readonly stageFrom: "header" | "sql" | "name";
  readonly stageReason: string | undefined;
  readonly problems: readonly MigrationProblem[];
}

/** Decides a file's stage; never throws, contradictions are problems. */
export function decideStage(input: StageInput): StageDecision {
  const { override, readings, name } = input;
  if (override) {
    return {
      stage: override.value,
      stageFrom: "header",
      stageReason: override.reason,
      problems: override.value === "expand" ? dataLoss(input) : [],
    };
  }
  const told = (effect: Verdict["effect"]) => partsOf(readings, effect);
  const fromName = stageOfName(name);
  const problems = told("breaks").map((part) => breaksProblem(part, input));
  const isContract = told("removes").length > 0;
  const isSilent = !isContract && told("adds").length === 0 && problems.length === 0;
  if (isSilent) {
    const stage = fromName ?? "expand";
    return { stage, stageFrom: "name", stageReason: undefined, problems };
  }
  // What breaks is no stage's; contract is the guarded one.
  const stage: Stage = isContract || problems.length > 0 ? "contract" : "expand";
  if (isContract && told("adds").length > 0) problems.push(mixedProblem(input));
  else if (fromName && fromName !== stage && problems.length === 0) {
    problems.push(contradiction(stage, input));
  }
  return { stage, stageFrom: "sql", stageReason: undefined, problems };
}

/** The stage that a file's name claims by its first word, where it claims one. */
export function stageOfName(name: string): Stage | undefined {
  if (/^(add|create)_/i.test(name)) return "expand";
  if (/^(remove|drop)_/i.test(name)) return "contract";
  return undefined;
}

interface Part extends Verdict {
  readonly offset: number;
}

function partsOf(readings: readonly StatementReading[], effect: Verdict["effect"]): Part[] {
  return readings.flatMap(({ statement, parts }) =>
    parts
      .filter((part) => part.effect === effect)
      .map((part) => ({ ...part, offset: statement.offset })),
  );
}

const HEADER = (stage: Stage) => `-- lockstep: stage=${stage} reason="..."`;

function mixedProblem({ name, readings, where, rewriteNumber }: StageInput): MigrationProblem {
  const added = partsOf(readings, "adds");
  const removed = partsOf(readings, "removes");
  const either = `if both belong to one stage, say so at the head: ${HEADER("contract")}`;
  const remedy =
    rewriteNumber === undefined
      ? `keep what ${list(added)} here and move what ${list(removed)} to a file with a higher number; or, ${either}`
      : `${either}; else lockstep rewrite ${rewriteNumber} writes it as two files, in short`;
  return {
    rule: "mixed-stages",
    message: `the file ${list(added)} (expand) and also ${list(removed)} (contract)`,
    where: where(removed[0]?.offset ?? 0),
    remedy,
    ...(rewriteNumber !== undefined && { rewrite: splitPreview(name, rewriteNumber, readings) }),
    initialToo: false,
  };
}

/** As many summaries as a line holds. */
function list(parts: readonly Part[]): string {
  const shown = [...new Set(parts.map(({ summary }) => summary))];
  const rest = shown.length - 3;
  return shown.slice(0, 3).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function breaksProblem(part: Part, { where, rewriteNumber }: StageInput): MigrationProblem {
  const steps =
    "the new one, a sync trigger both ways, backfill, constraints, and for contract the drop of the old one";
  const isKnown = rewriteNumber !== undefined && HAS_RECIPE.test(part.summary);
  const way = isKnown
    ? `lockstep rewrite ${rewriteNumber} writes the steps as files: ${steps}`
    : `go the way of five steps: add the new one, a sync trigger both ways, backfill, let the new version use it, drop the old one`;
  return {
    rule: "breaks-running-code",
    message: `${part.summary}: the version that runs and the new one cannot both work with it`,
    where: where(part.offset),
    remedy: part.summary.startsWith("adds column")
      ? `add it nullable or with a default, fill it, and forbid nulls in a contract file (SET NOT NULL)`
      : `${way}; or, if it cannot break anything, say why at the head: ${HEADER("expand")}`,
    initialToo: false,
  };
}

/** What engine/rewrite has a recipe for. */
const HAS_RECIPE = /^(renames (column|table) |changes the type of )/;

function contradiction(stage: Stage, { name, readings, where }: StageInput): MigrationProblem {
  const parts = partsOf(readings, stage === "contract" ? "removes" : "adds");
  const claimed = stage === "contract" ? "expand" : "contract";
  const better =
    stage === "contract" ? "remove_ or drop_ (or a word without a stage)" : "add_ or create_";
  return {
    rule: "name-contradicts-sql",
    message: `the name ${name} says ${claimed}, but the file ${list(parts)}, which is ${stage}`,
    where: where(parts[0]?.offset ?? 0),
    remedy: `begin the name with ${better}, or say which is right at the head: ${HEADER(stage)}`,
    initialToo: false,
  };
}

/** An override may move much, but not the loss of data to before the gate and the approval. */
function dataLoss({ readings, where }: StageInput): MigrationProblem[] {
  const lost = partsOf(readings, "removes").filter(({ irreversible }) => irreversible);
  const [first] = lost.filter(({ summary }) => !summary.startsWith("deletes rows"));
  if (!first) return [];
  return [
    {
      rule: "data-loss-in-expand",
      message: `the head says expand, but the file ${first.summary}: that would go before the gate and without approval`,
      where: where(first.offset),
      remedy: `leave the stage to the SQL, or write ${HEADER("contract")}`,
      initialToo: false,
    },
  ];
}
