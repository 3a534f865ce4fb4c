// How loud each rule is: by config and command line, else by itself.
import { LockstepError } from "../errors/lockstepError.ts";
import { LINT_RULES } from "./rules/index.ts";
import type { Level, LintRule } from "./rules/rule.ts";

/** Levels that config or the command line gives to rules, by id. */
export type RuleLevels = Readonly<Record<string, Level>>;

/** The rules that are not off. */
export function activeRules(levels: RuleLevels): readonly LintRule[] {
  return LINT_RULES.filter((rule) => levelOf(rule, levels) !== "off");
}

/** The level of a rule: as it was set, else its own. */
export function levelOf(rule: LintRule, levels: RuleLevels): Level {
  return rule.fixed ? rule.level : (levels[rule.id] ?? rule.level);
}

/**
 * Refuses levels that could have no effect; `where` says what set them.
 * @throws LockstepError CONFIG for a rule that is not there, or one that is the runner's own refusal.
 */
export function ensureLevels(levels: RuleLevels, where: string): void {
  for (const [id, level] of Object.entries(levels)) {
    const rule = LINT_RULES.find((one) => one.id === id);
    if (!rule) {
      const near = LINT_RULES.find((one) => one.id.includes(id) || id.includes(one.id));
      throw new LockstepError("CONFIG", `There is no lint rule ${id}`, {
        where,
        seen: `${id}: ${level}`,
        next: near
          ? `docs/rules.md names them; did you mean ${near.id}?`
          : "docs/rules.md names them",
      });
    }
    if (!rule.fixed) continue;
    throw new LockstepError("CONFIG", `The level of ${id} cannot be set`, {
      where,
      seen: `${id}: ${level}`,
      likely: "the runner refuses such files, whatever lint says",
      next: "take it out, and mend what it points at",
    });
  }
}
