// What one statement, or one part of an ALTER TABLE, does to the code that runs now.
import type { Effect } from "../sources/migration.ts";

/** The reading of one statement or of one part of it. */
export interface Verdict {
  readonly effect: Effect;
  /** In words: `drops column customers.phone`. */
  readonly summary: string;
  readonly nonTransactional?: boolean;
  readonly irreversible?: boolean;
  readonly opaque?: boolean;
}

type Flags = Omit<Verdict, "effect" | "summary">;

/** Old code does not notice it. */
export function adds(summary: string, flags: Flags = {}): Verdict {
  return { effect: "adds", summary, ...flags };
}

/** Old code may break (or data goes): belongs after the rollout. */
export function removes(summary: string, flags: Flags = {}): Verdict {
  return { effect: "removes", summary, ...flags };
}

/** Old and new code cannot both work with it: belongs nowhere in a release. */
export function breaks(summary: string, flags: Flags = {}): Verdict {
  return { effect: "breaks", summary, ...flags };
}

/** Says nothing of the stage. */
export function neutral(summary: string, flags: Flags = {}): Verdict {
  return { effect: "neutral", summary, ...flags };
}

const SEVERITY: readonly Effect[] = ["neutral", "adds", "removes", "breaks"];

/** One verdict for all parts of a statement: the severest effect, every flag, all summaries. */
export function combine(parts: readonly Verdict[]): Verdict {
  const worst = Math.max(0, ...parts.map(({ effect }) => SEVERITY.indexOf(effect)));
  return {
    effect: SEVERITY[worst] ?? "neutral",
    summary: parts.map(({ summary }) => summary).join(", "),
    nonTransactional: parts.some((part) => part.nonTransactional),
    irreversible: parts.some((part) => part.irreversible),
    opaque: parts.some((part) => part.opaque),
  };
}
