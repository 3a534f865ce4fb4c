// Drift: what somebody changed in the schema behind lockstep's back since the last run.
import type { ClientBase } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { readFingerprint, readRecordedSchema } from "../ledger/fingerprint.ts";
import { describeDiff, diffSchemas } from "./diff.ts";
import { readSnapshot, SNAPSHOT_ALGORITHM } from "./snapshot.ts";

/** What a stack says of drift. */
export interface DriftPolicy {
  /** Whether a run is refused while there is drift; else it is told. */
  readonly refuse: boolean;
  /** Objects that others may change, as partition managers do: `partman.*`, `public.events_p*`. */
  readonly ignore: readonly string[];
}

/** Drift is told and nothing is ignored. */
export const DEFAULT_DRIFT_POLICY: DriftPolicy = { refuse: false, ignore: [] };

/** What a look found. */
export type Drift =
  /** Nothing was recorded that could be compared. */
  | { readonly state: "unknown"; readonly why: string }
  | { readonly state: "none"; readonly recordedAt: Date }
  /** One line an object: `+ table public.x`. */
  | { readonly state: "drift"; readonly recordedAt: Date; readonly lines: readonly string[] };

/** Compares the schema with the one that the last run recorded; the ledger must exist. Throws pg's errors. */
export async function findDrift(
  client: ClientBase,
  { ignore }: Pick<DriftPolicy, "ignore"> = DEFAULT_DRIFT_POLICY,
): Promise<Drift> {
  const recorded = await readFingerprint(client);
  if (!recorded) return { state: "unknown", why: "no run has recorded the schema yet" };
  if (!recorded.isCurrent || recorded.algorithm !== SNAPSHOT_ALGORITHM) {
    const why = recorded.isCurrent
      ? "it was recorded by another version of lockstep"
      : "the history has changed since it was recorded";
    return { state: "unknown", why };
  }
  const { recordedAt } = recorded;
  const now = await readSnapshot(client);
  if (now.digest === recorded.digest) return { state: "none", recordedAt };
  const before = await readRecordedSchema(client);
  const lines = before ? describeDiff(diffSchemas(before, now, { ignore })) : [];
  return lines.length === 0 ? { state: "none", recordedAt } : { state: "drift", recordedAt, lines };
}

/** Objects that a message names. */
const NAMED = 8;

/** The drift in a few lines, for a message. */
export function namedDrift(lines: readonly string[]): string {
  const more = lines.length - NAMED;
  return [...lines.slice(0, NAMED), ...(more > 0 ? [`and ${String(more)} more`] : [])].join("\n");
}

/** The refusal of a run on a schema that was changed by hand. */
export function driftError(where: string, lines: readonly string[]): LockstepError {
  return new LockstepError("DRIFT", "The schema is not as the last run left it", {
    where,
    seen: namedDrift(lines),
    likely: "somebody changed it by hand, or with another tool",
    next: 'undo it, or put it into a migration; where it is right as it is: lockstep drift --accept --reason "WHY"',
  });
}
