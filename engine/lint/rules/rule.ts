// The shape of a lint rule and of what it finds.
import type { Migration } from "../../sources/migration.ts";

/** `error`: refused where the file is pending. `warning`: look before you go on. `info`: good to know. */
export type Severity = "error" | "warning" | "info";

/** One thing that a rule found. */
export interface LintFinding {
  /** Kebab-case id of the rule; public, it never changes its meaning. */
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** `file:line:column`. */
  readonly where: string;
  /** What to do, or what it will ask for. */
  readonly remedy: string;
}

/** A pure check of one migration. */
export interface LintRule {
  /** All ids that its findings can have. */
  readonly ids: readonly string[];
  check(migration: Migration): readonly LintFinding[];
}
