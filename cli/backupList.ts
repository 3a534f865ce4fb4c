// Backups and kept databases as lines for people and as data for programs.
import type { ListedBackup } from "../engine/backup/list.ts";
import { formatBytes } from "../engine/backup/space.ts";
import type { KeptDatabase } from "../engine/restore/kept.ts";
import { tableLines } from "./table.ts";
import { formatTime } from "./terminal.ts";

/** A line for each backup, newest first. */
export function backupLines(backups: readonly ListedBackup[], folder: string): readonly string[] {
  if (backups.length === 0) return [`no backups in ${folder}`];
  const rows = backups.map(({ id, manifest }) =>
    manifest === undefined
      ? [id, "", "", "", "its manifest is missing or damaged: not to be relied on"]
      : [
          id,
          formatTime(manifest.at),
          manifest.release.label,
          `${formatBytes(manifest.bytes)}, ${manifest.kind}`,
          proofText(manifest),
        ],
  );
  return tableLines([["backup", "taken", "release", "size", "proof"], ...rows], "");
}

/** `proven`, or what is to be said against it. */
export function proofText(manifest: NonNullable<ListedBackup["manifest"]>): string {
  const { result, why } = manifest.proof;
  return result === "passed" ? "proven" : `${result === "failed" ? "BAD" : "not proven"}: ${why}`;
}

/** The same as data. */
export function backupDocuments(backups: readonly ListedBackup[]) {
  return backups.map(({ id, dir, manifest }) => ({
    ...{ id, dir },
    at: manifest?.at ?? null,
    release: manifest?.release.label ?? null,
    kind: manifest?.kind ?? null,
    bytes: manifest?.bytes ?? null,
    proof: manifest?.proof ?? null,
  }));
}

/** A line for each database that a restore kept, and how to be rid of it. */
export function keptLines(kept: readonly KeptDatabase[]): readonly string[] {
  return kept.flatMap(({ name, was, note, bytes }) => [
    `${name}: ${was} as it was, ${note}${bytes > 0 ? `, ${formatBytes(bytes)}` : ""}`,
    `  drop it when all is well: lockstep restore --confirm ${name}`,
    `  or give it its name back: lockstep restore --back ${name}`,
  ]);
}
