// What commands that run or foresee files say of their rehearsal, and what they hold a stack that requires one to.
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import type { LockstepError } from "../engine/errors/lockstepError.ts";
import { planRun, type StageChoice } from "../engine/plan/planRun.ts";
import { notRehearsed, rehearseCommand } from "../engine/rehearse/notRehearsed.ts";
import { foreseeRehearsal } from "../engine/rehearse/outlook.ts";
import type { RehearsalProof } from "../engine/rehearse/proof.ts";
import { describeVerdict, type RehearsalResult } from "../engine/rehearse/result.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { StackRehearsal } from "./stackSettings.ts";

/** Said where the stack's server for rehearsals is encrypted and the environment names none. */
export const HIDDEN_SERVER =
  "lockstep:rehearsal.url is encrypted, so another server is used here than by pulumi up; export LOCKSTEP_REHEARSAL_URL to use that one";

/** What is looked for. */
export interface RehearsalQuestion {
  readonly rehearsal: StackRehearsal;
  readonly migrations: readonly Migration[];
  readonly target: DatabaseTarget;
  readonly through: string | undefined;
  readonly stage: StageChoice;
  readonly stack: string;
}

/** What is known of the rehearsal of what is pending. */
export interface RehearsalLook {
  /** The kept result; undefined where there is none. */
  readonly kept: RehearsalResult | undefined;
  readonly line: string;
  /** What a stack that requires a rehearsal refuses the stage's pending files with. */
  readonly refusal: LockstepError | undefined;
  readonly proof: RehearsalProof;
}

/**
 * Looks for a kept result; rehearses nothing.
 * @throws LockstepError CONNECTION, and what planning refuses.
 */
export async function lookForRehearsal(question: RehearsalQuestion): Promise<RehearsalLook> {
  const { rehearsal, stack, stage, through } = question;
  const { server, required, isHidden } = rehearsal;
  const { migrations, target } = question;
  const request = { migrations, target, through, server };
  const { kept, digest, seen } = await foreseeRehearsal(request);
  const asked = seen && planRun(seen.ledger, migrations, { stage, target: through });
  const isOpen = asked !== undefined && asked.pending.length > 0;
  const command = rehearseCommand(stack, through);
  const hidden = isHidden ? `; ${HIDDEN_SERVER}` : "";
  const isRefused = required && isOpen && kept?.verdict !== "passed";
  return {
    kept,
    line: kept ? `rehearsal ${describeVerdict(kept)}` : `not rehearsed (${command})${hidden}`,
    refusal: isRefused ? notRehearsed(kept, { stack, command }) : undefined,
    proof: { digest, server: server?.display ?? "" },
  };
}
