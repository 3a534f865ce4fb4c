// What both kinds of proof are given, and how they end.
import type { ServerUser } from "../embedded/serverUser.ts";
import type { Report } from "../events.ts";
import type { Comparison } from "./compare.ts";
import type { BackupManifest, BackupProof } from "./manifest.ts";
import type { ProofWish } from "./proofWish.ts";

/** A backup to try. Its files have been read and are as they were written. */
export interface Trial {
  readonly manifest: BackupManifest;
  /** The backup's data folder. */
  readonly dataDir: string;
  /** How it is to be proven. @default all of it, on a scratch server */
  readonly wish?: ProofWish | undefined;
  /** Who runs the scratch server. */
  readonly user: ServerUser | undefined;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** How a trial ended; `why` is one line. */
export type Outcome = Pick<BackupProof, "kind" | "result" | "why">;

/** Differences that fit one line of a message. */
const SHOWN = 5;

/** The restored database is what was backed up. */
export function passed(comparison: Comparison, how: string): Outcome {
  const { tables, rowsInAll, countedOnly } = comparison;
  const values =
    countedOnly === 0
      ? "value for value"
      : `${String(countedOnly)} of them only by their number of rows`;
  const why = `${how}: ${String(tables)} tables with ${String(rowsInAll)} rows agree, ${values}`;
  return { kind: "restore", result: "passed", why };
}

/** The backup is not good. */
export function failed(faults: readonly string[]): Outcome {
  const more = faults.length > SHOWN ? `, and ${String(faults.length - SHOWN)} more` : "";
  return { kind: "restore", result: "failed", why: `${faults.slice(0, SHOWN).join("; ")}${more}` };
}

/** Nothing was found out, for a reason that is not the backup's. */
export function unproven(why: string): Outcome {
  return { kind: "none", result: "not proven", why };
}
