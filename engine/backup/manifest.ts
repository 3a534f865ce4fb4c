// What a backup says of itself: manifest.json, the last file written, so that a folder without one is no backup.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LockstepError } from "../errors/lockstepError.ts";
import { isMissing, writePrivateFile } from "../process/privateFile.ts";

/** The manifest's name in a backup's folder. */
export const MANIFEST_FILE = "manifest.json";
/** The folder beside the manifest that holds what was backed up. */
export const DATA_FOLDER = "data";

const FileSchema = z.object({
  /** Relative to the data folder, with `/`. */
  path: z.string(),
  bytes: z.number().int().nonnegative(),
  /** sha256, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const TableSchema = z.object({
  /** `schema.table`, unquoted. */
  name: z.string(),
  /** Exact number of rows; null where the backup holds no rows of it by design. */
  rows: z.number().int().nonnegative().nullable(),
  /** Sum of the hashes of all rows' texts, a decimal number; missing where only the rows were counted. */
  checksum: z.string().optional(),
  /** `name type`, in their order. */
  columns: z.array(z.string()),
});

/** Where the row counts are exact. A dump was read on the same snapshot as they were. */
const SnapshotPointSchema = z.object({ kind: z.literal("snapshot"), note: z.string() });

/**
 * Where the row counts of a physical copy are exact: a named place in the WAL, written together with
 * the snapshot they were read on.
 */
const RestorePointSchema = z.object({
  kind: z.literal("restorePoint"),
  note: z.string(),
  /** The name to recover to. */
  name: z.string(),
  /** That snapshot, as `pg_current_snapshot()` prints it. */
  snapshot: z.string(),
});

const ProofSchema = z.object({
  /** `restore`: all of it was restored; `objects`: the rows of the tables that the release is about. */
  kind: z.enum(["restore", "objects", "none"]),
  result: z.enum(["passed", "failed", "not proven"]),
  /** ISO 8601. */
  at: z.string(),
  /** One line for people: what was compared, or what was wrong or missing. */
  why: z.string(),
});

const ManifestSchema = z.object({
  format: z.literal(1),
  /** The folder's name: `backup_before_migration_20260105_143025`, UTC. */
  id: z.string(),
  /** ISO 8601, when the counts were taken. */
  at: z.string(),
  kind: z.enum(["dump", "physical"]),
  /** What made it: `pg_dump` or `physical copy`, and its version. */
  madeBy: z.object({ program: z.string(), version: z.string() }),
  database: z.string(),
  /** The role that read it; in a physical copy a superuser. */
  role: z.string(),
  /** pg_database_size at that time. */
  databaseBytes: z.number().int().nonnegative(),
  /** The database's own encoding; missing in older backups. */
  encoding: z.string().optional(),
  server: z.object({
    version: z.string(),
    major: z.number().int(),
    /** What tells it from others; missing in older backups. */
    identity: z.object({ system: z.string(), startedAt: z.string() }).optional(),
  }),
  /** WAL position of the counts. */
  lsn: z.string(),
  release: z.object({ digest: z.string(), label: z.string() }),
  /** The stage that it was taken before; `hand`: by a person. */
  before: z.enum(["expand", "contract", "hand"]),
  /** Only these tables' rows, `schema.table`; missing where it holds all. */
  only: z.array(z.string()).optional(),
  point: z.discriminatedUnion("kind", [SnapshotPointSchema, RestorePointSchema]),
  tables: z.array(TableSchema),
  /** Extensions in use but plpgsql: a scratch server must have them. */
  extensions: z.array(z.string()),
  /** Roles of the server, without passwords: policies in a dump name them. */
  roles: z.array(z.string()),
  /** How the files are encrypted, and the fingerprint of the key; missing where they are not. */
  encryption: z.object({ method: z.literal("aes-256-gcm-stream"), key: z.string() }).optional(),
  files: z.array(FileSchema),
  /** Sum over `files`. */
  bytes: z.number().int().nonnegative(),
  durationMs: z.number().int().nonnegative(),
  proof: ProofSchema,
});

/** A backup's own description. */
export type BackupManifest = z.infer<typeof ManifestSchema>;
/** One file of a backup. */
export type BackupFile = z.infer<typeof FileSchema>;
/** One table that a backup holds. */
export type BackupTable = z.infer<typeof TableSchema>;
/** Where in time a backup's row counts are exact. */
export type CountPoint = BackupManifest["point"];
/** Whether and how a backup was shown to be good. */
export type BackupProof = z.infer<typeof ProofSchema>;

/** The state of a backup between its completion and its proof. */
export function notProven(why: string, at = new Date()): BackupProof {
  return { kind: "none", result: "not proven", at: at.toISOString(), why };
}

/** Reads the manifest of the backup in `dir`. Throws BACKUP_FAILED if it is missing or damaged. */
export async function readManifest(dir: string): Promise<BackupManifest> {
  const path = join(dir, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new LockstepError("BACKUP_FAILED", "There is no backup in this folder", {
      where: dir,
      seen: `no ${MANIFEST_FILE}`,
      likely:
        "it is another folder, or the manifest was deleted; without it nothing can be checked",
      next: "take a new backup",
      cause: error,
    });
  }
  return parseManifest(text, path);
}

/** The manifest in `text`, read from `path`. Throws BACKUP_FAILED naming the first field at fault. */
export function parseManifest(text: string, path: string): BackupManifest {
  const fail = (seen: string) =>
    new LockstepError("BACKUP_FAILED", "The backup's manifest is damaged", {
      where: path,
      seen,
      next: "take a new backup; an older one may be good: see its folder",
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw fail("it is not JSON");
  }
  const parsed = ManifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw fail(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a manifest"}`);
}

/** Writes `manifest` into the backup's folder `dir`, whole or not at all. */
export async function writeManifest(dir: string, manifest: BackupManifest): Promise<void> {
  await writePrivateFile(join(dir, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
}
