// Takes away what a file's own comments answer, and says which comments are wrong or answer nothing.
import type { Migration } from "../sources/migration.ts";
import type { Comment, ParsedStatement } from "../sql/parse.ts";
import { readIgnores, type Ignore } from "./ignores.ts";
import { levelOf, type RuleLevels } from "./levels.ts";
import { badIgnoreRule, unusedIgnoreRule } from "./rules/ignoreRules.ts";
import { LINT_RULES } from "./rules/index.ts";
import type { RawHit } from "./runRules.ts";

/** A file with what the rules said of it. */
export interface IgnoreInput {
  readonly migration: Migration;
  readonly statements: readonly ParsedStatement[];
  readonly comments: readonly Comment[];
  readonly hits: readonly RawHit[];
  readonly levels: RuleLevels;
}

/** The hits that no comment answers, and those against the comments themselves. */
export function applyIgnores(input: IgnoreInput): readonly RawHit[] {
  const { migration, statements, comments, hits, levels } = input;
  const ignores = readIgnores(migration.sql, comments, statements);
  if (ignores.length === 0) return hits;
  const faults = ignores.map(faultOf);
  const good = ignores.filter((_, index) => faults[index] === undefined);
  const used = new Set<Ignore>();
  const left = hits.filter(({ rule, hit }) => {
    const answers = good.filter(
      (one) =>
        one.rule === rule.id &&
        (one.covers === "file" || (hit.statement !== undefined && one.covers === hit.statement)),
    );
    for (const one of answers) used.add(one);
    return answers.length === 0;
  });
  const unused =
    levelOf(unusedIgnoreRule, levels) === "off" ? [] : good.filter((one) => !used.has(one));
  return [
    ...left,
    ...ignores.flatMap((one, index) => {
      const fault = faults[index];
      return fault === undefined ? [] : [against(badIgnoreRule, one, fault)];
    }),
    ...unused.map((one) =>
      against(unusedIgnoreRule, one, {
        message: `nothing here for ${one.rule} to find: the comment answers for no finding`,
        remedy: "take it away, so that it does not hide the next one",
      }),
    ),
  ];
}

interface Fault {
  readonly message: string;
  readonly remedy: string;
}

function against(rule: RawHit["rule"], { offset }: Ignore, fault: Fault): RawHit {
  return { rule, hit: { ...fault, unit: offset } };
}

const FORM = "-- lockstep: ignore RULE REASON";

function faultOf({ rule, reason, covers }: Ignore): Fault | undefined {
  if (rule === "") return { message: "the comment names no rule", remedy: `write ${FORM}` };
  const known = LINT_RULES.find(({ id }) => id === rule);
  if (!known) {
    return { message: `there is no rule ${rule}`, remedy: "docs/rules.md has the rules' names" };
  }
  if (known.fixed) {
    return {
      message: `${rule} cannot be ignored: the runner refuses such a file`,
      remedy: "mend what it points at; docs/rules.md says how",
    };
  }
  if (reason === "") {
    return {
      message: `the comment gives no reason to ignore ${rule}`,
      remedy: `say why, for whoever reads it later: ${FORM}`,
    };
  }
  return covers === undefined
    ? {
        message: "no statement follows the comment",
        remedy: "put it above the statement, or write ignore-file for the whole file",
      }
    : undefined;
}
