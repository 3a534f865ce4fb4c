// What a run does about drift: it looks before its first file, and records the schema after its last.
import { fingerprintSql } from "../ledger/fingerprint.ts";
import { recordEvent } from "../ledger/record.ts";
import { DEFAULT_DRIFT_POLICY, driftError, findDrift, namedDrift } from "../schema/drift.ts";
import type { Drift, DriftPolicy } from "../schema/drift.ts";
import { readSnapshot } from "../schema/snapshot.ts";
import { journalled } from "./journal.ts";
import { survivingCuts } from "./survivingCuts.ts";
import type { Run } from "./workSession.ts";

/** Objects that the ledger's event names; the message names fewer. */
const KEPT = 100;

/**
 * Tells drift, and keeps it in the ledger, since the run records the schema with it in. Nothing is told where no run has
 * recorded a schema.
 * @throws LockstepError DRIFT where the stack refuses it.
 */
export async function checkDrift(
  run: Run,
  policy: DriftPolicy = DEFAULT_DRIFT_POLICY,
): Promise<void> {
  const drift = await lookForDrift(run, policy);
  if (drift.state !== "drift") return;
  const { lines } = drift;
  if (policy.refuse) throw driftError(run.session.target.display, lines);
  run.report(
    "warn",
    `the schema is not as the last run left it (${drift.recordedAt.toISOString()}):\n${namedDrift(lines)}`,
    { drift: lines },
  );
  const data = { objects: lines.slice(0, KEPT), accepted: false };
  await recordEvent(run.session.client, { release: run.release, kind: "drift", data });
}

async function lookForDrift(run: Run, policy: DriftPolicy): Promise<Drift> {
  const found: Drift[] = [];
  await survivingCuts(run, "the look for drift", async () => {
    found.push(await findDrift(run.session.client, policy));
  });
  return found.at(-1) ?? { state: "unknown", why: "" };
}

/**
 * Records the schema as the run leaves it. What was applied is applied, so failing to is told and is no error: the
 * next look finds another history than the recorded one and says that it does not know.
 */
export async function recordSchema(run: Run): Promise<void> {
  try {
    await journalled(run, fingerprintSql(await readSnapshot(run.session.client)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    run.report(
      "warn",
      `the schema could not be recorded, so drift is not seen until the next run: ${why}`,
    );
  }
}
