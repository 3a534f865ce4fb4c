// What is known of a rehearsal before it is run; whoever only asks loads no server.
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { upToTarget } from "../plan/planRun.ts";
import type { Promoted } from "../plan/promoted.ts";
import type { Migration } from "../sources/migration.ts";
import { readKept } from "./keptResults.ts";
import { planRehearsal, rehearsalDigest, type RehearsalPlan } from "./planRehearsal.ts";
import type { RehearsalResult } from "./result.ts";
import { ledgerWith, seeTarget, type SeenTarget } from "./seeTarget.ts";

/** What is to be rehearsed. */
export interface RehearsalScope {
  readonly migrations: readonly Migration[];
  /** The last file that is rehearsed. */
  readonly through: string | undefined;
  readonly promoted?: Promoted | undefined;
  /** Whose schema and history it begins with; an empty database, or `applied`, where it is undefined. */
  readonly target: DatabaseTarget | undefined;
  /** Without a target: the last file that counts as applied. */
  readonly applied?: string | undefined;
  /** Where databases may be made for it; a scratch cluster where it is undefined. */
  readonly server: DatabaseTarget | undefined;
}

/** What is known before anything is run. */
export interface RehearsalOutlook {
  readonly plan: RehearsalPlan;
  readonly digest: string;
  readonly seen: SeenTarget | undefined;
  readonly before: readonly Migration[];
  /** From an earlier time. */
  readonly kept: RehearsalResult | undefined;
}

/**
 * Looks at files and target, and for a kept result; runs nothing.
 * @throws LockstepError what a run would refuse before its first file, CONNECTION.
 */
export async function foreseeRehearsal(request: RehearsalScope): Promise<RehearsalOutlook> {
  const { migrations, target, through, promoted, server } = request;
  const seen = target && (await seeTarget(target));
  const before =
    request.applied === undefined || seen ? [] : upToTarget(migrations, request.applied);
  const ledger = seen?.ledger ?? ledgerWith(before);
  const plan = planRehearsal({ ledger, migrations, through, promoted });
  const digest = rehearsalDigest(plan, {
    schemaDigest: seen?.snapshot.digest ?? "",
    before,
    serverMajor: seen?.snapshot.serverMajor,
    server: server?.display ?? "",
  });
  return { plan, digest, seen, before, kept: await readKept(digest) };
}
