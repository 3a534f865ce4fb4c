// Packs a folder of migrations into one archive, the same bytes for the same files on every machine.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { create } from "tar";
import { LockstepError } from "../errors/lockstepError.ts";
import { listFolder } from "./listFolder.ts";

/**
 * The most that goes into a ConfigMap: etcd takes objects of 1.5 MiB, Kubernetes data of 1 MiB, and base64
 * counts only where it is sent.
 */
const MAX_ARCHIVE_BYTES = 900 * 1024;

/** The place of the operating system's mark in a gzip header, and what says "unknown" there (RFC 1952). */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

/** What the formats read or name: SQL, settings beside it, and steps that are code. */
const READ = /\.(sql|conf|toml|ini|py|mako|go|java|kt|class|sh|bash|ps1|js|cjs|mjs|ts|cts|mts)$/i;

/** A packed folder. */
export interface MigrationsArchive {
  /** gzip-compressed tar, base64. */
  readonly base64: string;
  /** sha256, hex, of the archive. */
  readonly digest: string;
}

/**
 * Packs what a format may read below `dir`; the names in the archive are theirs, without the folder itself.
 * @throws LockstepError MIGRATION_FILES where the archive is over 900 KiB, with what to do.
 */
export async function packMigrations(dir: string): Promise<MigrationsArchive> {
  const { files } = await listFolder(dir);
  const names = files.filter((file) => READ.test(file));
  const packed = gzipSync(await packFiles(dir, names), { level: 9 });
  packed.writeUInt8(GZIP_OS_UNKNOWN, GZIP_OS_OFFSET);
  if (packed.length > MAX_ARCHIVE_BYTES) throw tooLarge(dir, packed.length);
  const digest = createHash("sha256").update(packed).digest("hex");
  return { base64: packed.toString("base64"), digest };
}

async function packFiles(dir: string, names: readonly string[]): Promise<Buffer> {
  if (names.length === 0) return Buffer.alloc(1024);
  const chunks: Buffer[] = [];
  const options = {
    cwd: dir,
    portable: true,
    follow: true,
    mtime: new Date(0),
    onWriteEntry: (entry: { stat?: { mode: number } | undefined }) => {
      // Who may read a file differs from one checkout to another.
      if (entry.stat) entry.stat.mode = 0o100644;
    },
  };
  // `./` keeps a name that begins with @ from being read as another archive.
  for await (const chunk of create(
    options,
    names.map((name) => `./${name}`),
  )) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(dir: string, bytes: number): LockstepError {
  const kib = (size: number) => `${String(Math.ceil(size / 1024))} KiB`;
  return new LockstepError("MIGRATION_FILES", "The migrations are too large for a ConfigMap", {
    where: dir,
    seen: `${kib(bytes)} compressed; at most ${kib(MAX_ARCHIVE_BYTES)} fit`,
    next: [
      "build an image with them, for each release:",
      "  FROM <lockstep:kubernetes.runnerImage>",
      `  COPY ${dir} /migrations`,
      "and name it: pulumi config set --path lockstep:kubernetes.migrationsImage IMAGE",
    ].join("\n"),
  });
}
