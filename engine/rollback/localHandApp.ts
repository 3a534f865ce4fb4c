// The app of the local platform, for a rollback by hand.
import { LockstepError } from "../errors/lockstepError.ts";
import { processStatus } from "../process/processes.ts";
import { readRecord, readRecords } from "../process/registry.ts";
import { rollBackProcess } from "../process/rollBack.ts";
import { nameOf, releaseIdOf, type ProcessId } from "../process/spec.ts";
import type { AppBack, HandApp } from "./handRollback.ts";
import { proveByProbes } from "./proveByProbes.ts";

/** Which app. */
export interface LocalHandInput {
  readonly project: string;
  readonly stack: string;
  /** Its name within the stack, where there are several. */
  readonly process?: string;
}

/**
 * The stack's app on this machine; undefined where this machine knows of none.
 * @throws LockstepError USAGE where there are several and none is named.
 */
export async function findLocalApp(input: LocalHandInput): Promise<HandApp | undefined> {
  const { project, stack } = input;
  const records = await readRecords(project, stack);
  const names = records.filter(({ current }) => current !== null).map(({ name }) => name);
  const wanted = input.process === undefined ? names : names.filter((n) => n === input.process);
  if (wanted.length > 1) {
    throw new LockstepError("USAGE", "The stack has several apps; name one", {
      seen: wanted.join(", "),
      next: `lockstep rollback --app --process ${wanted[0] ?? ""}`,
    });
  }
  const [name] = wanted;
  return name === undefined ? undefined : localHandApp({ project, stack, name });
}

function localHandApp(id: ProcessId): HandApp {
  return {
    look: async () => {
      const { current, previous } = await readRecord(id);
      const status = await processStatus(id);
      const where = `process ${nameOf(id)}`;
      const before = previous ? releaseIdOf(previous.release) : undefined;
      // A release that crashed is current all the same: that is when it is to go.
      const serves =
        current && status.state !== "unknown" ? releaseIdOf(current.release) : undefined;
      return { releaseId: serves, previous: before, where };
    },
    rollBack: async ({ digest }, report) => {
      const done = await rollBackProcess(id, { releaseDigest: digest, report });
      if (done.kind === "rolledBack") {
        return { kind: "rolledBack", to: done.facts.releaseId } satisfies AppBack;
      }
      if (done.kind === "nothingBefore") return done;
      return { kind: "superseded", now: `${done.releaseId ?? "nothing"} has taken its place` };
    },
    prove: async (releaseId) => {
      const { current } = await readRecord(id);
      if (!current) return "its record is gone";
      const url = `http://127.0.0.1:${String(current.port)}`;
      return proveByProbes(url + current.healthPath, releaseId);
    },
  };
}
