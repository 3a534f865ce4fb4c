// `lockstep backup`: a backup by hand, proven like those of a release.
import { readBackupKey } from "../../engine/backup/backupKey.ts";
import { isProven, type KeepSettings } from "../../engine/backup/list.ts";
import type { BackupManifest } from "../../engine/backup/manifest.ts";
import { isGivenName } from "../../engine/backup/names.ts";
import { neededBackups } from "../../engine/backup/needed.ts";
import { isBucket } from "../../engine/backup/place.ts";
import { PROOF_URL_VARIABLE } from "../../engine/backup/proofWish.ts";
import { formatBytes } from "../../engine/backup/space.ts";
import { DEFAULT_KEEP, takeBackup } from "../../engine/backup/takeBackup.ts";
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { type DatabaseTarget, parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { readLedger } from "../../engine/ledger/ledger.ts";
import { recordEvent } from "../../engine/ledger/record.ts";
import { hasLedger } from "../../engine/ledger/schema.ts";
import { backupFolder } from "../backupFolder.ts";
import type { CommandRun } from "../context.ts";
import { withRunLog } from "../runLog.ts";
import { readStackLimits } from "../stackSettings.ts";
import { withStackStore } from "../stackStore.ts";

/** What `lockstep backup` takes. */
export interface BackupOptions {
  readonly stack: string;
  readonly name?: string;
  readonly to?: string;
  readonly table?: readonly string[];
}

const APPLICATION = { applicationName: "lockstep:backup" };

/** Takes a backup, proves it, and records it in the ledger where there is one. */
export const runBackup: CommandRun<BackupOptions> = async (options, given) => {
  const { stack, name, to, table } = options;
  if (name !== undefined && !isGivenName(name)) throw badName(name);
  const context = await withStackStore(given, stack, "open");
  const target = parseTarget(context.env);
  const destination = await backupFolder({ stack, ...(to !== undefined && { from: to }) }, context);
  const take = isBucket(destination)
    ? (await import("../../engine/backup/bucketBackups.ts")).takeBackupToBucket
    : takeBackup;
  const { backupKeep, backupChecks, proofOnTarget } = await readStackLimits(context.cwd, stack);
  const state = await readState(target, backupKeep);
  const report = reporter("backup", context.sink);
  const log = { doing: `backup of ${target.display} as ${target.user}`, describe };
  const manifest = await withRunLog(context, log, () =>
    take({
      ...{ url: target.url, destination, report, signal: context.signal, env: context.env },
      ...{ before: "hand", release: state.release, name, key: readBackupKey(context.env) },
      checks: backupChecks,
      proof: { url: context.env[PROOF_URL_VARIABLE], onTarget: proofOnTarget },
      tables: table?.map((one) => (one.includes(".") ? one : `public.${one}`)),
      keep: { ...(backupKeep ?? DEFAULT_KEEP), needed: state.needed },
    }),
  );
  const { id, kind, proof } = manifest;
  if (state.hasLedger) {
    await withConnection(target, APPLICATION, (client) =>
      recordEvent(client, {
        release: null,
        kind: "backup",
        data: { id, before: "hand", kind, proof: proof.kind, ...(table && { tables: table }) },
      }),
    );
  }
  return {
    json: { backup: { id, folder: destination, kind, bytes: manifest.bytes, proof } },
    lines: [`to restore it: lockstep restore ${id}${to === undefined ? "" : ` --from ${to}`}`],
    exitCode: isProven(manifest) ? EXIT_CODES.done : EXIT_CODES.failed,
  };
};

function describe({ id, kind, bytes, proof }: BackupManifest): string {
  return `${id} (${kind}, ${formatBytes(bytes)}), ${proof.result === "passed" ? "proven" : proof.result}`;
}

/** The release that the database is at, and what must stay. */
async function readState(target: DatabaseTarget, keep: KeepSettings | undefined) {
  return withConnection(target, APPLICATION, async (client) => {
    const none = { digest: "", label: "none" };
    if (!(await hasLedger(client))) return { hasLedger: false, release: none, needed: [] };
    const { releases } = await readLedger(client);
    const last = releases.at(-1);
    const release = last ? { digest: last.digest, label: last.label } : none;
    return { hasLedger: true, release, needed: await neededBackups(client, keep) };
  });
}

function badName(name: string): LockstepError {
  return new LockstepError("USAGE", "A backup cannot be called so", {
    seen: name,
    likely:
      "names are letters, digits, `_`, `-` and `.`; `backup_before_migration_…` is lockstep's own",
    next: "lockstep backup before_the_fair",
  });
}
