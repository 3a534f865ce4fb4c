// Keeps analyses between runs, by content, so that an unchanged folder needs no parser.
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "../sha256.ts";
import type { Migration, MigrationFile, Statement } from "../sources/migration.ts";
import type { AnalyzeOptions } from "./analyze.ts";
import type { Analysis } from "./analyzeFile.ts";

/** Raise with every change to what an analysis says: older results are then worth nothing. */
const ANALYSER_VERSION = 13;

/** Statements lie in the cache with the length of their text, which the file has. */
type StoredStatement = Omit<Statement, "sql"> & { readonly sql: number };
type Stored = Omit<Analysis, "body" | "statements" | "downStatements" | "verifyStatements"> & {
  /** Only where it differs from the file's text. */
  readonly body?: string;
  readonly statements: readonly StoredStatement[];
  readonly downStatements: readonly StoredStatement[];
  readonly verifyStatements: readonly StoredStatement[];
};

/** The analyses of those files that are in the cache; empty without one, or where it is damaged. */
export async function readCache(
  files: readonly MigrationFile[],
  options: AnalyzeOptions,
): Promise<Map<MigrationFile, Analysis>> {
  const found = new Map<MigrationFile, Analysis>();
  const [first] = files;
  if (!options.cacheDir || !first) return found;
  const stored = await load(cachePath(options.cacheDir, first));
  for (const file of files) {
    const entry = stored[keyOf(file, options)];
    if (entry) found.set(file, restore(entry, file));
  }
  return found;
}

/**
 * Puts the analyses of one folder into the cache, in place of what was there for it. Failing to
 * write costs time at the next run and nothing else, so it is no error.
 */
export async function writeCache(
  migrations: readonly Migration[],
  options: AnalyzeOptions,
): Promise<void> {
  const [first] = migrations;
  if (!options.cacheDir || !first) return;
  const body = JSON.stringify(
    Object.fromEntries(
      migrations.map((migration) => [keyOf(migration, options), store(migration)]),
    ),
  );
  const target = cachePath(options.cacheDir, first);
  const draft = `${target}.${randomUUID()}`;
  try {
    await mkdir(options.cacheDir, { recursive: true, mode: 0o700 });
    await writeFile(draft, `${sha256(body)}\n${body}`, { mode: 0o600 });
    await rename(draft, target);
  } catch {
    return;
  }
}

/** One file for each folder of migrations. */
function cachePath(cacheDir: string, file: MigrationFile): string {
  const folder = path.resolve(path.dirname(file.path));
  return path.join(cacheDir, `analysis-${sha256(folder).slice(0, 16)}.json`);
}

async function load(file: string): Promise<Readonly<Record<string, Stored>>> {
  try {
    const text = await readFile(file, "utf8");
    const end = text.indexOf("\n");
    const body = text.slice(end + 1);
    // The digest stands for a check of the shape: what it covers was written by writeCache.
    return sha256(body) === text.slice(0, end) ? (JSON.parse(body) as Record<string, Stored>) : {};
  } catch {
    return {};
  }
}

/** Everything that an analysis depends on; messages hold the path. */
function keyOf(file: MigrationFile, { newRelations = [] }: AnalyzeOptions): string {
  const parts = [ANALYSER_VERSION, file.number, file.name, file.path, file.checksum];
  // Placeholders change the text under the same checksum.
  const kind = [file.foreign, file.repeatable, file.substituted];
  const companions = [file.down, file.verify].map((other) => other && [other.path, other.sql]);
  return sha256(JSON.stringify([...parts, kind, companions, [...newRelations].sort()]));
}

function store(migration: Migration): Stored {
  const { stage, stageFrom, stageReason, content, transactional, backfill, triggers, problems } =
    migration;
  const { soakable } = migration;
  return {
    ...{ stage, stageFrom, stageReason, content, transactional, backfill, problems },
    ...(triggers && { triggers }),
    ...(soakable && { soakable }),
    // Mostly the file's own text again.
    ...(migration.body !== migration.sql && { body: migration.body }),
    statements: migration.statements.map(storeStatement),
    downStatements: migration.downStatements.map(storeStatement),
    verifyStatements: migration.verifyStatements.map(storeStatement),
  };
}

function storeStatement(statement: Statement): StoredStatement {
  return { ...statement, sql: statement.sql.length };
}

/** Makes the analysis of what was read, which nobody else has: copies would cost more than the reading. */
function restore(stored: Stored, file: MigrationFile): Analysis {
  return Object.assign(stored, {
    body: stored.body ?? file.sql,
    // JSON leaves out what is undefined.
    stageReason: stored.stageReason,
    backfill: stored.backfill,
    statements: withTexts(stored.statements, file.sql),
    downStatements: withTexts(stored.downStatements, file.down?.sql),
    verifyStatements: withTexts(stored.verifyStatements, file.verify?.sql),
  });
}

function withTexts(statements: readonly StoredStatement[], text = ""): readonly Statement[] {
  return statements.map((statement) =>
    Object.assign(statement, {
      sql: text.slice(statement.offset, statement.offset + statement.sql),
    }),
  );
}
