// What a run holds a required rehearsal to: that the files, their order and the schema are still those that passed it.
import type { ClientBase } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { readSnapshot } from "../schema/snapshot.ts";
import { planRehearsal, rehearsalDigest, type PlanRequest } from "./planRehearsal.ts";

/** A rehearsal that passed. */
export interface RehearsalProof {
  /** sha256, hex, as `rehearsalDigest` makes it. */
  readonly digest: string;
  /** `host:port/database` of the server that was named for it; empty for a scratch cluster. */
  readonly server: string;
}

/**
 * Plans the rehearsal anew, from the ledger and the schema as they are under the lease. `client` must not be in a
 * transaction.
 * @throws LockstepError NOT_REHEARSED where that is another one than `proof` is of; pg's errors.
 */
export async function ensureStillRehearsed(
  client: ClientBase,
  proof: RehearsalProof,
  request: PlanRequest,
): Promise<void> {
  const { digest: schemaDigest, serverMajor } = await readSnapshot(client);
  const facts = { schemaDigest, before: [], serverMajor, server: proof.server };
  const digest = rehearsalDigest(planRehearsal(request), facts);
  if (digest === proof.digest) return;
  throw new LockstepError("NOT_REHEARSED", "What is to be applied is not what was rehearsed", {
    seen: `rehearsed ${proof.digest.slice(0, 12)}, and files, order and schema are now ${digest.slice(0, 12)}`,
    likely:
      "the schema or the ledger changed after the rehearsal: another run, or somebody by hand",
    next: "run it again: it rehearses, or tells how to, what is there now",
  });
}
