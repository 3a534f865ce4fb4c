// What each level of risk asks for in the expand stage; contract always asks for an approval and a backup.
import { RISK_LEVELS, type RiskLevel } from "./riskLevel.ts";

/**
 * - `auto`: the level decides, as the other settings say
 * - `manual`: every expand file needs an approval
 * - `skip`: the release is the app alone; pending files stay for a run by hand, which is held as in `auto`, or for another release
 */
export const RISK_MODES = ["auto", "manual", "skip"] as const;

/** A mode of release. */
export type RiskMode = (typeof RISK_MODES)[number];

/** From which level on something holds; `none`: never. */
export const RISK_BOUNDS = [...RISK_LEVELS, "none"] as const;

/** A level from which on something holds. */
export type RiskBound = (typeof RISK_BOUNDS)[number];

/** What a stack asks for. */
export interface RiskPolicy {
  readonly mode: RiskMode;
  /** From this level on preview and up say that somebody should read the files; nothing waits for it. */
  readonly review: RiskBound;
  /** From this level on an expand file runs only approved. */
  readonly approve: RiskBound;
  /** From this level on a backup before expand is advised. */
  readonly adviseBackup: RiskBound;
  /** From this level on expand runs only where the stack takes a backup before it. */
  readonly backup: RiskBound;
}

/**
 * The documents' table (B1, B2): low automatic; medium automatic after review, a backup recommended; high and very high by hand, a
 * backup mandatory.
 */
export const DEFAULT_RISK_POLICY: RiskPolicy = {
  mode: "auto",
  review: "medium",
  approve: "high",
  adviseBackup: "medium",
  backup: "high",
};

/** Whether `level` is at `bound` or above it. */
export function reaches(level: RiskLevel, bound: RiskBound): boolean {
  return bound !== "none" && RISK_LEVELS.indexOf(level) >= RISK_LEVELS.indexOf(bound);
}

/** Whether the policy asks for anything where all is low, as on an empty database. */
export function isForFreshFiles({ mode, approve, backup }: RiskPolicy): boolean {
  return mode === "manual" || approve === "low" || backup === "low";
}
