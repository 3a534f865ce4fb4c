// What lockstep remembers of a process: the version that should run, the one before, and what runs.
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { LockstepError } from "../errors/lockstepError.ts";
import { isMissing, readIfThere, writePrivateFile } from "./privateFile.ts";
import { type ProcessId, ProcessSpecSchema, processPaths, stackPaths } from "./spec.ts";

const RunningSchema = z.object({
  pid: z.number().int(),
  startTime: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
});

const RecordSchema = z.object({
  format: z.literal(1),
  /** The version that should run; null before the first start that worked. */
  current: ProcessSpecSchema.nullable(),
  /** The version that a rollback of `current` goes back to. */
  previous: ProcessSpecSchema.nullable(),
  /** The process of `current`; null when it was stopped on purpose. */
  running: RunningSchema.nullable(),
  /** A version that is being started and not proven yet: what a killed roll-out leaves. */
  candidate: z.object({ spec: ProcessSpecSchema, running: RunningSchema }).nullable(),
  /** Digest of the release that the last rollback undid; null after a new roll-out. */
  rolledBack: z.string().nullable(),
});

/** A started process. */
export type Running = z.infer<typeof RunningSchema>;

/** All that is remembered of one process. Specs hold secrets. */
export type ProcessRecord = z.infer<typeof RecordSchema>;

const EMPTY: ProcessRecord = {
  format: 1,
  current: null,
  previous: null,
  running: null,
  candidate: null,
  rolledBack: null,
};

/** What is remembered of `id`; an empty record if nothing is. Throws CONFIG if the file is damaged. */
export async function readRecord(id: ProcessId): Promise<ProcessRecord> {
  const path = processPaths(id).registry;
  const text = await readIfThere(path);
  if (text === undefined) return EMPTY;
  try {
    return RecordSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new LockstepError("CONFIG", "lockstep's record of a process cannot be read", {
      where: path,
      likely: "it was edited, or written by a newer lockstep",
      next: `move it away (mv ${path} ${path}.bad) and run \`pulumi up\` again: what runs is found by its environment`,
      cause: error,
    });
  }
}

/** Remembers `record` for `id`, whole or not at all. */
export async function writeRecord(id: ProcessId, record: ProcessRecord): Promise<void> {
  await writePrivateFile(processPaths(id).registry, `${JSON.stringify(record, null, 1)}\n`);
}

/** The records of all processes of a stack. Throws CONFIG if one is damaged. */
export async function readRecords(
  project: string,
  stack: string,
): Promise<readonly (ProcessRecord & { readonly name: string })[]> {
  const names = await readdir(stackPaths(project, stack).processes).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const known = names.filter((name) => name.endsWith(".json"));
  return Promise.all(
    known.map(async (file) => {
      const name = basename(file, ".json");
      return { ...(await readRecord({ project, stack, name })), name };
    }),
  );
}
