// A plan as SQL for people: each message as it will be sent, with comments that say of which file, stage and step it is.
import type { MessageGroup, PlannedMessage } from "./plannedMessage.ts";
import type { PlannedPart, SqlPlan } from "./sqlPlan.ts";

/** What the text's head says. */
export interface PlanHead {
  /** The database without its password, or why it was not seen. */
  readonly database: string;
  /** `digestPlan` of the release; undefined where the ledger was not seen. */
  readonly digest: string | undefined;
}

const NOTES = [
  "Each message stands as it will be sent; <name> is what only run time knows.",
  "Not listed: queries that only read, the retry of a message whose locks were not free,",
  "and what ends or waits for a killed runner's session (docs/plan.md).",
];
const RULE = `-- ${"=".repeat(76)}`;

/** The text of `plan`: SQL and comments, which no program is to run. */
export function planText(plan: SqlPlan, { database, digest }: PlanHead): string {
  const bound = digest ?? "not known, since the ledger was not seen";
  const all = [
    ...[`lockstep plan`, `database: ${database}`, `digest: ${bound}`, ...NOTES].map(comment),
    ...section("connection lockstep:migrate, the first look", plan.look),
    ...section("connection lockstep:lease, beside the others", plan.lease),
    ...section("connection lockstep:<lease token>, which does the work", plan.begin),
    ...plan.parts.flatMap(partLines),
    ...section("connection lockstep:<lease token>, after the last file", plan.end),
  ];
  return `${all.join("\n")}\n`;
}

function partLines({ files, groups }: PlannedPart): readonly string[] {
  const heads = files.flatMap(({ file, path, stage, mode, locks, digest }) => [
    `file ${file}: ${stage}, ${mode}; ${path}; ${digest.slice(0, 12)}`,
    ...locks.map((lock) => `  locks: ${lock}`),
  ]);
  return ["", RULE, ...heads.map(comment), RULE, ...groups.flatMap(groupLines)];
}

function section(title: string, groups: readonly MessageGroup[]): readonly string[] {
  return ["", RULE, comment(title), RULE, ...groups.flatMap(groupLines)];
}

const TIMES = { once: "", perhaps: " (or not)", many: " (any number of times)" } as const;

function groupLines({ what, times, messages }: MessageGroup): readonly string[] {
  return ["", comment(`${what}${TIMES[times]}:`), ...messages.flatMap(messageLines)];
}

function messageLines({ what, sql, parameters, perhaps }: PlannedMessage): readonly string[] {
  const condition = perhaps === undefined ? "" : `, ${perhaps}`;
  const values = (parameters ?? []).map((value, at) => `$${String(at + 1)} = ${value}`);
  return [
    comment(`- ${what}${condition}`),
    ...(values.length > 0 ? [comment(`  ${values.join(", ")}`)] : []),
    sql,
  ];
}

/** A summary may hold a name with a line break: it must not leave its comment. */
function comment(text: string): string {
  return `-- ${text.replace(/\s+/g, (space) => (/[\r\n]/.test(space) ? " " : space))}`;
}
