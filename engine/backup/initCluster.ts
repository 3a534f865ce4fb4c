// An empty data folder for a scratch server, as like on every machine as its version allows.
import { execa } from "execa";
import { localeOptions } from "../embedded/locale.ts";
import { giveTo, runAs, type ServerUser } from "../embedded/serverUser.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { ServerPrograms } from "./scratchPrograms.ts";

/** Whose folder it becomes. */
export interface ClusterOwner {
  readonly programs: ServerPrograms;
  readonly user: ServerUser | undefined;
  /** The superuser to make. */
  readonly role: string;
}

/**
 * Makes a cluster in the empty folder `dataDir`; it trusts whoever reaches it. Throws PROCESS_FAILED
 * with what initdb said.
 */
export async function initCluster(dataDir: string, owner: ClusterOwner): Promise<void> {
  const { programs, user, role } = owner;
  await giveTo(dataDir, user);
  const locale = localeOptions(programs.major);
  const args = [`--pgdata=${dataDir}`, `--username=${role}`, "--auth=trust", "--encoding=UTF8"];
  const made = await execa(programs.initdb, [...args, "--no-sync", ...locale], {
    ...runAs(user),
    reject: false,
  });
  if (!made.failed) return;
  throw new LockstepError("PROCESS_FAILED", "A scratch server could not be made", {
    where: programs.initdb,
    seen: (made.stderr || (made.originalMessage ?? "")).trim().split("\n").slice(-5).join("\n"),
  });
}
