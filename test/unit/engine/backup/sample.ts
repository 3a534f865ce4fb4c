// A manifest for tests to vary.
import type { BackupManifest } from "../../../../engine/backup/manifest.ts";

/** A complete manifest of a dump, with `changes` applied. */
export function sampleManifest(changes: Partial<BackupManifest> = {}): BackupManifest {
  return {
    format: 1,
    id: "backup_before_migration_20260105_143025",
    at: "2026-01-05T14:30:25.000Z",
    kind: "dump",
    madeBy: { program: "pg_dump", version: "18.4" },
    database: "shop",
    role: "lockstep",
    databaseBytes: 8_000_000,
    server: { version: "18.4", major: 18 },
    lsn: "0/1A2B3C4",
    release: { digest: "ab".repeat(32), label: "1.1" },
    before: "contract",
    point: { kind: "snapshot", note: "one snapshot" },
    tables: [{ name: "public.customers", rows: 3, columns: ["id bigint", "name text"] }],
    extensions: [],
    roles: ["lockstep"],
    files: [],
    bytes: 0,
    durationMs: 12,
    proof: { kind: "none", result: "not proven", at: "2026-01-05T14:30:26.000Z", why: "not tried" },
    ...changes,
  };
}
