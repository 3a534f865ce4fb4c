// What the resource kinds' tests share: a release with files on disk, and a context that keeps what is said.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reporter, type StepEvent } from "../../../engine/events.ts";
import { recordEvent, type EventData, type EventKind } from "../../../engine/ledger/record.ts";
import type { ResourceContext } from "../../../provider/resource.ts";
import { withClient } from "../../support/database.ts";
import type { Files } from "../engine/run/applyFiles.ts";

/** The release that these tests carry; its stack is that of `applyFiles`. */
export const RELEASE = {
  digest: "ab".repeat(32),
  label: "1.1",
  project: "shop",
  stack: "test",
} as const;

/** A release beside it. */
export const OTHER = { digest: "cd".repeat(32), label: "1.2" } as const;

/** A context for one resource, and what it said as `level: message`. */
export function listen(signal = new AbortController().signal): {
  readonly context: ResourceContext;
  readonly said: readonly string[];
} {
  const said: string[] = [];
  const sink = (event: StepEvent) => {
    said.push(`${event.level}: ${event.message}`);
  };
  return { context: { urn: "urn", report: reporter("test", sink), sink, signal }, said };
}

/** Writes `files`, each with a way back, into `dir`/migrations and returns that folder. */
export async function writeFiles(dir: string, files: Files): Promise<string> {
  const folder = join(dir, "migrations");
  await mkdir(folder);
  for (const [name, sql] of Object.entries(files)) {
    await writeFile(join(folder, name), sql);
    await writeFile(join(folder, name.replace("_up.sql", "_down.sql")), "select 1;");
  }
  return folder;
}

/** Records an event in the ledger at `url`. */
export async function record<K extends EventKind>(
  url: string,
  event: { readonly release: string; readonly kind: K; readonly data: EventData[K] },
): Promise<void> {
  await withClient(url, (client) => recordEvent(client, event));
}
