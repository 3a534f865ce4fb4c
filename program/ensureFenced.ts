// Contract behind a pooler: refused before anything runs, where nobody has said how older releases are kept out.
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { StackConfig } from "./readConfig.ts";
import type { ProgramPlan } from "./readPlan.ts";

/**
 * Holds a stack whose config names a pooler, and whose contract files are approved, to a decision.
 * @throws LockstepError CONFIG
 */
export function ensureFenced(
  { database, drain, stack }: Pick<StackConfig, "database" | "drain" | "stack">,
  { covered }: Pick<ProgramPlan, "covered">,
): void {
  const isPooled =
    (database.kind === "external" && database.directUrl !== undefined) ||
    (database.kind === "secret" && database.directKey !== undefined);
  if (!isPooled || covered.length === 0 || drain.fence !== undefined) return;
  throw new LockstepError("CONFIG", "Contract behind a pooler needs lockstep:drain.fence", {
    where: `stack ${stack}`,
    seen: "the app connects through a pooler, where an old client shows no session until it asks, and a gone one leaves its",
    likely: "lockstep:database has a pooler's URL and, beside it, the server's own",
    next: `give each release a login of its own, which drain closes (docs/drain.md): pulumi config set --path lockstep:drain.fence role --stack ${stack}; or answer for the older release yourself: the value none`,
  });
}
