// Rehearses a few files that a test states as text.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../../engine/events.ts";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { rehearse, type RehearseRequest } from "../../../../engine/rehearse/rehearse.ts";
import type { RehearsalResult } from "../../../../engine/rehearse/result.ts";
import type { Migration } from "../../../../engine/sources/migration.ts";
import { readFolder } from "../../../../engine/sources/readFolder.ts";
import { serverUrl } from "../../../support/database.ts";
import { makeTempDir } from "../../../support/tempDir.ts";

/** A migration: its name, its up text, and its down text. */
export type FileText = readonly [name: string, up: string, down?: string];

/** The files, numbered from 01, as they are read from a folder. */
export async function readTexts(files: readonly FileText[]): Promise<readonly Migration[]> {
  const dir = join(await makeTempDir("rehearse"), "migrations");
  await mkdir(dir);
  for (const [index, [name, up, down = "-- none"]] of files.entries()) {
    const number = String(index + 1).padStart(2, "0");
    await writeFile(join(dir, `${number}_${name}_up.sql`), up);
    await writeFile(join(dir, `${number}_${name}_down.sql`), down);
  }
  return analyzeMigrations((await readFolder({ dir })).files);
}

/** Rehearses them, on the tests' server unless `options` say otherwise. */
export async function rehearseTexts(
  files: readonly FileText[],
  options: Partial<RehearseRequest> = {},
): Promise<RehearsalResult> {
  return rehearse({
    migrations: await readTexts(files),
    through: undefined,
    target: undefined,
    server: parseUrl(await serverUrl(), "test"),
    report: silent,
    signal: new AbortController().signal,
    ...options,
  });
}

/** A cluster of the rehearsal's own. */
export const OWN_CLUSTER = { server: undefined } as const;

/** `rule: message` of each finding, paths aside. */
export function told(result: RehearsalResult): readonly string[] {
  return result.findings.map(({ rule, message }) => `${rule}: ${message}`);
}

/** The details of the first finding of `rule`. */
export function detailsOf(result: RehearsalResult, rule: string): readonly string[] {
  return result.findings.find((finding) => finding.rule === rule)?.details ?? [];
}
