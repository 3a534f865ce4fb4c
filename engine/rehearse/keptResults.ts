// Results of rehearsals, kept by digest: the same files on the same schema end the same way.
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lockstepHome } from "../home.ts";
import type { RehearsalResult } from "./result.ts";

/** The folder, of this user alone: results quote statements. */
function keptDir(): string {
  return join(lockstepHome(), "cache", "rehearsals");
}

/** The kept result; undefined where there is none, or none that can be read. */
export async function readKept(digest: string): Promise<RehearsalResult | undefined> {
  try {
    const result = JSON.parse(await readFile(fileOf(digest), "utf8")) as RehearsalResult;
    // The digest within stands for a check of the form: its files are written by keepResult alone.
    return result.digest === digest ? result : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps `result`. Failing to costs a rehearsal and nothing else, so it is no error. */
export async function keepResult(result: RehearsalResult): Promise<void> {
  const file = fileOf(result.digest);
  const draft = `${file}.${randomUUID()}`;
  try {
    await mkdir(keptDir(), { recursive: true, mode: 0o700 });
    await writeFile(draft, JSON.stringify(result), { mode: 0o600 });
    await rename(draft, file);
  } catch {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

function fileOf(digest: string): string {
  return join(keptDir(), `${digest}.json`);
}
