// How loud each rule is: by config and command line, else by itself.
import { LINT_RULES } from "./rules/index.ts";
import type { Level, LintRule } from "./rules/rule.ts";

/** Levels that config or the command line gives to rules, by id. */
export type RuleLevels = Readonly<Record<string, Level>>;

/** What a rule can be set to. */
export const LEVELS: readonly Level[] = ["off", "info", "warning", "error"];

/** The rules that are not off. */
export function activeRules(levels: RuleLevels): readonly LintRule[] {
  return LINT_RULES.filter((rule) => levelOf(rule, levels) !== "off");
}

/** The level of a rule: as it was set, else its own. */
export function levelOf(rule: LintRule, levels: RuleLevels): Level {
  return rule.fixed ? rule.level : (levels[rule.id] ?? rule.level);
}
