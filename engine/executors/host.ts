// The host executor: a step's command as a child process of this machine, followed line by line.
import { execa } from "execa";
import { type BackupStore, storeEnvironment } from "../backup/store.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { StepEvent } from "../events.ts";
import { decodeLine, errorOf, type StepResult } from "./protocol.ts";
import type { StepSpec } from "./runStep.ts";

/** How to run a step here. */
export interface HostOptions {
  /** Program and arguments of the `lockstep` command. */
  readonly command: readonly [string, ...string[]];
  /** Secret: the database. */
  readonly url: string;
  /** Secret: where backups go, and how they are sealed. */
  readonly store?: BackupStore | undefined;
  readonly sink: (event: StepEvent) => void;
  readonly signal: AbortSignal;
}

/** After an interrupt the step may take this long to roll back before it is killed, ms. */
const GRACE_MS = 30_000;
/** How much of an unexpected end's stderr an error shows, characters. */
const TAIL = 800;

/**
 * Runs `spec` as a child that ends with us: its stdin is a pipe that closes when we are gone, which
 * it takes as an interrupt.
 * @throws LockstepError what the step itself said; INTERRUPTED or STEP_FAILED when it ended without a word.
 */
export async function runOnHost(spec: StepSpec, options: HostOptions): Promise<StepResult> {
  const [file, ...args] = options.command;
  const child = execa(file, [...args, "step"], {
    // The user's own DIRECT_URL would win, and name another database.
    env: {
      ...storeEnvironment(options.store ?? {}),
      ...{ LOCKSTEP_STEP: JSON.stringify(spec), DATABASE_URL: options.url, DIRECT_URL: "" },
    },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    buffer: { stdout: false, stderr: true },
    reject: false,
    cancelSignal: options.signal,
    forceKillAfterDelay: GRACE_MS,
  });
  let result: StepResult | undefined;
  let error: LockstepError | undefined;
  for await (const text of child.iterable({ from: "stdout" })) {
    const line = decodeLine(text);
    if (line?.type === "event") options.sink(line.event);
    if (line?.type === "result") result = line.result;
    if (line?.type === "error") error = errorOf(line.error);
  }
  const ended = await child;
  if (error) throw error;
  if (result && ended.exitCode === 0) return result;
  if (options.signal.aborted) {
    throw new LockstepError("INTERRUPTED", `The step ${spec.step} was interrupted`, {
      next: "run `pulumi up` again: the ledger knows what was applied",
    });
  }
  throw new LockstepError("STEP_FAILED", `The step ${spec.step} ended without a result`, {
    seen: describeEnd(ended),
    likely: ended.signal ? "it was killed, or the machine ran out of memory" : "it could not start",
    next: "run `pulumi up` again: the ledger knows what was applied",
  });
}

/** How a child ended, and its last words. One that never started has neither exit code nor signal. */
function describeEnd(ended: {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly originalMessage?: string | undefined;
  readonly stderr: unknown;
}): string {
  const { exitCode, signal, originalMessage, stderr } = ended;
  const code = exitCode === undefined ? originalMessage : `exit code ${String(exitCode)}`;
  const how = signal ? `signal ${signal}` : code;
  return [how, String(stderr).slice(-TAIL)].filter(Boolean).join("\n");
}
