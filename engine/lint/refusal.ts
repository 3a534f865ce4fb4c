// Whether what lint found stops a release.
import { LockstepError } from "../errors/lockstepError.ts";
import { nextOf } from "./nextOf.ts";
import { PROBLEM_RULES } from "./rules/problems.ts";
import type { LintFinding } from "./rules/rule.ts";

/** Refused by the runner itself, which knows when it must not: on an empty database stages do not matter. */
const OWN: ReadonlySet<string> = new Set(PROBLEM_RULES.map(({ id }) => id));

/** The refusal of what has errors, the runner's own refusals aside; undefined where there are none. */
export function refusalOf(findings: readonly LintFinding[]): LockstepError | undefined {
  const errors = findings.filter(({ severity, rule }) => severity === "error" && !OWN.has(rule));
  const [first, ...others] = errors;
  if (!first) return undefined;
  return new LockstepError("UNSAFE_MIGRATION", first.message, {
    where: first.where,
    seen:
      others.length === 0
        ? `lint, ${first.rule}`
        : `lint, ${first.rule}, and ${others.length} more (lockstep lint)`,
    next: nextOf(first),
  });
}
