// A step that fails closes its release, so that what comes next (mended, or another one) is not refused.
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { closeRelease } from "./releases.ts";

/**
 * Runs `work`; where it throws, marks the release `failed` and throws on. A killed step says nothing,
 * and its release stays active: then nobody knows how far it came.
 */
export async function closingOnFailure<T>(
  target: DatabaseTarget,
  digest: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // The step's own error is the one to show, also where the database is away.
    await withConnection(target, { applicationName: "lockstep:close" }, (client) =>
      closeRelease(client, digest, { state: "failed", why }),
    ).catch(() => false);
    throw error;
  }
}
