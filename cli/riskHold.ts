// What the stack's file asks for where files are risky: what holds a run by hand, and what the next `pulumi up` would refuse.
import { isLockstepError, type LockstepError } from "../engine/errors/lockstepError.ts";
import { ensureRiskAllowed, type RiskCase } from "../engine/plan/judgeRisk.ts";
import { DEFAULT_RISK_POLICY } from "../engine/plan/riskPolicy.ts";
import type { RiskHold } from "../engine/run/riskHold.ts";
import { EXPAND_APPROVAL_KEY, readApproval } from "./stackFile.ts";
import { readStackRisk } from "./stackSettings.ts";

/**
 * What a run by hand on `stack` is held to; undefined where it has no file, since then there is nothing to keep to.
 * @throws LockstepError CONFIG for keys that cannot be read.
 */
export async function readRiskHold(cwd: string, stack: string): Promise<RiskHold | undefined> {
  const written = await readStackRisk(cwd, stack);
  if (!written) return undefined;
  const given = Object.entries(written.risk).filter(([, value]) => value !== undefined);
  const policy = { ...DEFAULT_RISK_POLICY, ...Object.fromEntries(given) };
  // A warning makes a statement medium and never more: only where that decides are the rules loaded.
  const isMedium = [policy.approve, policy.backup].includes("medium");
  return {
    policy,
    expandApproval: await readApproval(cwd, stack, EXPAND_APPROVAL_KEY),
    backsUpExpand: written.backupBefore.includes("expand"),
    ...(isMedium && { lint: await (await import("./stackLint.ts")).readRuleLevels(cwd, stack) }),
  };
}

/** What the next `pulumi up` makes of the files' risk. */
export interface ForeseenRisk {
  /** Undefined where there is none, or where the stack has no file and there is no `up` to foresee. */
  readonly refusal: LockstepError | undefined;
  /** `up` releases the app alone, and leaves the files for a run by hand. */
  readonly isSkipped: boolean;
}

/** Reads it from the stack's file. Throws LockstepError CONFIG for keys that cannot be read. */
export async function foreseeRisk(
  cwd: string,
  one: Pick<RiskCase, "risk" | "stack" | "migrations" | "open">,
): Promise<ForeseenRisk> {
  const hold = await readRiskHold(cwd, one.stack);
  if (!hold) return { refusal: undefined, isSkipped: false };
  const { policy, expandApproval: approval } = hold;
  const isSkipped = policy.mode === "skip";
  const backsUpExpand = hold.backsUpExpand || isSkipped;
  try {
    ensureRiskAllowed({ ...one, policy, approval, backsUpExpand, nowMs: Date.now() });
    return { refusal: undefined, isSkipped };
  } catch (error) {
    if (isLockstepError(error) && error.code !== "CONFIG") return { refusal: error, isSkipped };
    throw error;
  }
}
