// When a release switches maintenance mode on by itself, told from the risk of its files.
import type { FileRisk } from "../plan/risk.ts";
import { reaches } from "../plan/riskPolicy.ts";

/** From which level of risk on a file is applied in maintenance; `none`: never. */
export const MAINTENANCE_BOUNDS = ["high", "very high", "none"] as const;

/** One of `MAINTENANCE_BOUNDS`. */
export type MaintenanceBound = (typeof MAINTENANCE_BOUNDS)[number];

/** What a stack asks for. */
export interface MaintenancePolicy {
  readonly during: MaintenanceBound;
  /** Whether it stays on where a file failed, or its runner was killed, until somebody switches it off. */
  readonly keepOnFailure: boolean;
  /** How long a run waits after it has switched on, ms: the app sees it within its poll, and requests under way end. */
  readonly waitMs: number;
}

/** Longer than the example's poll of 1 s and the requests of most apps, ms. */
export const DEFAULT_MAINTENANCE_WAIT_MS = 5_000;

/** The files of one stage between which maintenance mode is on: names as `03_add_email`. */
export interface MaintenanceSpan {
  readonly stage: FileRisk["stage"];
  /** On right before its SQL. */
  readonly first: string;
  /** Off as soon as it is through; the same as `first` where there is one only. */
  readonly last: string;
  /** Those that the level asks it for. */
  readonly risky: readonly string[];
}

/** One window a stage, from the first file that reaches the level to the last: users are let in no more than once between. */
export function planMaintenance(
  files: readonly Pick<FileRisk, "file" | "stage" | "level">[],
  during: MaintenanceBound,
): readonly MaintenanceSpan[] {
  return (["expand", "contract"] as const).flatMap((stage) => {
    const risky = files
      .filter((file) => file.stage === stage && reaches(file.level, during))
      .map(({ file }) => file);
    const [first] = risky;
    return first === undefined ? [] : [{ stage, first, last: risky.at(-1) ?? first, risky }];
  });
}

/** For people: `in contract for 05_remove_phone`, `in expand from 03_a to 06_b`. */
export function describeSpan({ stage, first, last }: MaintenanceSpan): string {
  return `in ${stage} ${first === last ? `for ${first}` : `from ${first} to ${last}`}`;
}
