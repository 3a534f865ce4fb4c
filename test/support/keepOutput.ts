// What commands printed during a test run, kept until its end, when secrets are looked for in it.
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureTestRun } from "./testRun.ts";

/** Adds what a command printed to the run's file. Nothing but the search for secrets reads it. */
export async function keepOutput(...texts: readonly (string | undefined)[]): Promise<void> {
  const file = join(await ensureTestRun(), "output.log");
  await appendFile(file, `${texts.join("\n")}\n`, { mode: 0o600 });
}
