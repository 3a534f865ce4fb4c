// What the ledger says about a release's files, for checks that run in preview and up.
import { join } from "node:path";
import type { ClientBase } from "pg";
import { withConnection } from "../engine/drivers/postgres/connect.ts";
import type { Dial } from "../engine/drivers/postgres/dial.ts";
import { parseUrl, type DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { lockstepHome } from "../engine/home.ts";
import { readLedger, type LedgerState } from "../engine/ledger/ledger.ts";
import { lastEvent, type LedgerEvent } from "../engine/ledger/record.ts";
import { analyzeMigrations } from "../engine/lint/analyze.ts";
import { withSoak } from "../engine/soak/soakPolicy.ts";
import type { FolderSpec, Migration } from "../engine/sources/migration.ts";
import { readFolder } from "../engine/sources/readFolder.ts";
import { dialOnce } from "./directWay.ts";
import type { DatabaseRoute } from "./schema.ts";

/**
 * The target that the program named, by the way that it named, for a look that changes nothing: no
 * relay is started for it.
 */
export function targetOf(url: string, route?: DatabaseRoute): DatabaseTarget {
  const target = parseUrl(url, "lockstep:database");
  if (route === undefined) return target;
  if ("relay" in route) return { ...target, dial: () => dialOnce(target) };
  // The other platforms don't load the cluster's client.
  const dial: Dial = async () =>
    (await import("../engine/kubernetes/podRoute.ts")).dialPod(route)();
  return { ...target, dial };
}

/** Reads the ledger; throws LockstepError CONNECTION when the database is away. */
export async function lookAtLedger(url: string, route?: DatabaseRoute): Promise<LedgerState> {
  return withConnection(targetOf(url, route), { applicationName: "lockstep:plugin" }, readLedger);
}

/**
 * Whether `event` is older than the last verdict on release `digest`: contract counts only what was
 * proven after that, and a release is watched again when another was tried in between.
 */
export async function isBeforeGate(
  client: ClientBase,
  event: LedgerEvent,
  digest: string,
): Promise<boolean> {
  const gate = await lastEvent(client, ["gate"], digest);
  return gate !== undefined && event.seq < gate.seq;
}

/** The folder's files with their stages. */
export async function loadMigrations(folder: FolderSpec): Promise<readonly Migration[]> {
  const cacheDir = join(lockstepHome(), "cache", "analysis");
  const { files } = await readFolder(folder);
  return withSoak(await analyzeMigrations(files, { cacheDir }), folder.soak);
}
