// What a user reads of a gate that did not pass.
import { formatError } from "../engine/errors/formatError.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { GateOutcome } from "../engine/health/gate.ts";
import { releaseId } from "../engine/plan/release.ts";
import type { GatedApp } from "./apps/gatedApp.ts";
import type { ReleaseIdentity } from "./schema.ts";

/** What is known of a failed release. */
interface Failing {
  readonly app: Pick<GatedApp, "log">;
  /** One plain line. */
  readonly why: string;
  /** Further lines; may be empty. */
  readonly detail: string;
}

/** The release failed; `then` is what was done about it, `next` what to do. */
export function failed(
  release: ReleaseIdentity,
  { app, why, detail }: Failing,
  { then, next }: { readonly then: string; readonly next: string },
): LockstepError {
  return new LockstepError("GATE_FAILED", `Release ${release.label} failed its health gate`, {
    where: `release ${releaseId(release.label, release.digest)}`,
    seen: [why, detail, then].filter(Boolean).join("\n"),
    likely: `the new app does not start or answers with errors; ${app.log}`,
    next,
  });
}

/** Nothing was proven, neither good nor bad. */
export function held(release: ReleaseIdentity, outcome: GateOutcome): LockstepError {
  return new LockstepError(
    "GATE_HELD",
    `The health gate of release ${release.label} could not decide`,
    {
      where: `release ${releaseId(release.label, release.digest)}`,
      seen: outcome.reason,
      likely: "too little traffic, or the metrics could not be read; no data is never a pass",
      next: "send it traffic, or let the gate probe (lockstep:gate.probesPerSecond), then run `pulumi up` again; the release stays up",
    },
  );
}

/** The release failed, and so did the way back. */
export function rollbackFailed(
  release: ReleaseIdentity,
  why: string,
  error: unknown,
): LockstepError {
  return new LockstepError(
    "ROLLBACK_FAILED",
    `Release ${release.label} failed its health gate, and going back failed too`,
    {
      where: `release ${releaseId(release.label, release.digest)}`,
      seen: `gate: ${why}\nrollback: ${formatError(error)}`,
      next: "nothing may be serving now: start the release before by setting lockstep:release to it and running `pulumi up`",
      cause: error,
    },
  );
}
