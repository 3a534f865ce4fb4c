// What the next `pulumi up` would refuse for its risk, by the policy in the stack's file.
import { isLockstepError, type LockstepError } from "../engine/errors/lockstepError.ts";
import { ensureRiskAllowed, type RiskCase } from "../engine/plan/judgeRisk.ts";
import { DEFAULT_RISK_POLICY } from "../engine/plan/riskPolicy.ts";
import { EXPAND_APPROVAL_KEY, readApproval } from "./stackFile.ts";
import { readStackRisk } from "./stackSettings.ts";

/**
 * The refusal, undefined where there is none. Where the stack has no file there is no `up` to foresee.
 * @throws LockstepError CONFIG for keys that cannot be read.
 */
export async function foreseeRiskRefusal(
  cwd: string,
  one: Pick<RiskCase, "risk" | "stack" | "migrations" | "open" | "appliedThrough">,
): Promise<LockstepError | undefined> {
  const written = await readStackRisk(cwd, one.stack);
  if (!written) return undefined;
  const { risk, backupBefore } = written;
  const given = Object.entries(risk).filter(([, value]) => value !== undefined);
  try {
    ensureRiskAllowed({
      ...one,
      policy: { ...DEFAULT_RISK_POLICY, ...Object.fromEntries(given) },
      approval: await readApproval(cwd, one.stack, EXPAND_APPROVAL_KEY),
      backsUpExpand: backupBefore.includes("expand"),
      nowMs: Date.now(),
    });
    return undefined;
  } catch (error) {
    if (isLockstepError(error) && error.code !== "CONFIG") return error;
    throw error;
  }
}
