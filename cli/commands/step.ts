// `lockstep step`: one step of a release for the plugin, JSON lines on stdout, ends when the plugin does.
import { fstatSync, writeFileSync } from "node:fs";
import { EXIT_CODES, exitCodeOf, LockstepError } from "../../engine/errors/lockstepError.ts";
import {
  encodeLine,
  errorLine,
  terminationMessage,
  type StepLine,
} from "../../engine/executors/protocol.ts";
import { runStep, type StepSpec } from "../../engine/executors/runStep.ts";
import { watchInterrupts } from "../interrupt.ts";
import { quitSidecars } from "../quitSidecars.ts";

/** The variable that holds the step's spec as JSON. */
const SPEC_VARIABLE = "LOCKSTEP_STEP";

/**
 * Runs the step that the environment names. SIGINT, SIGTERM and the end of stdin or stdout (both are
 * pipes of the plugin: it is gone) abort it; what was under way is then rolled back.
 * @returns the exit code; every outcome was written as the last line.
 */
export async function runStepCommand(host: NodeJS.Process): Promise<number> {
  const watch = watchInterrupts({ cleanly: true, onExit: () => undefined });
  const stopWatching = watchParent(host, () => {
    watch.interrupt();
  });
  const write = (line: StepLine) => {
    host.stdout.write(encodeLine(line));
  };
  try {
    const result = await runStep(parseSpec(host.env[SPEC_VARIABLE]), {
      env: host.env,
      sink: (event) => {
        write({ type: "event", event });
      },
      signal: watch.signal,
    });
    await end(host, { type: "result", result });
    return EXIT_CODES.done;
  } catch (error) {
    const told = watch.signal.aborted ? asInterrupt(error) : error;
    await end(host, errorLine(told));
    if (host.env.LOCKSTEP_DEBUG && error instanceof Error)
      host.stderr.write(`${error.stack ?? ""}\n`);
    return exitCodeOf(told);
  } finally {
    stopWatching();
    watch.stop();
  }
}

type LastLine = Exclude<StepLine, { type: "event" }>;

/** Writes the last line; in a Job also where it outlives the log, and sidecars are told to end. */
async function end(host: NodeJS.Process, line: LastLine): Promise<void> {
  host.stdout.write(encodeLine(line));
  const file = host.env.LOCKSTEP_TERMINATION_MESSAGE;
  if (file) writeFileSync(file, terminationMessage(line));
  const deaf = await quitSidecars(host.env);
  if (deaf.length > 0) host.stderr.write(`LOCKSTEP_QUIT_URL: no answer from ${deaf.join(", ")}\n`);
}

/** Calls `onGone` once the other end of stdin or stdout is closed. */
function watchParent(host: NodeJS.Process, onGone: () => void): () => void {
  host.stdout.on("error", onGone);
  // A Job's stdin is /dev/null and a person's is a terminal: only a pipe tells of a parent.
  if (!isPipe(0)) return () => undefined;
  host.stdin.on("end", onGone).on("close", onGone).on("error", onGone).resume();
  return () => {
    host.stdin.off("end", onGone).off("close", onGone).destroy();
  };
}

function isPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

/** A library's own AbortError and a cancelled query are what the interrupt made of them. */
function asInterrupt(error: unknown): unknown {
  if (error instanceof LockstepError) return error;
  return new LockstepError("INTERRUPTED", "Interrupted; what was under way was rolled back", {
    cause: error,
  });
}

const STEPS: readonly StepSpec["step"][] = ["backup", "expand", "contract", "verify"];

/**
 * The spec comes from the plugin of the same build, so only its outline is checked.
 * @throws LockstepError USAGE
 */
export function parseSpec(text: string | undefined): StepSpec {
  let spec: unknown;
  try {
    spec = JSON.parse(text ?? "");
  } catch {
    spec = undefined;
  }
  if (isSpec(spec)) return spec;
  throw new LockstepError("USAGE", "There is no step to run", {
    where: SPEC_VARIABLE,
    seen: text === undefined ? "not set" : "no step's spec",
    likely: "this command is the plugin's own, and was called by hand",
    next: "pulumi up, or by hand: lockstep migrate",
  });
}

function isSpec(spec: unknown): spec is StepSpec {
  if (typeof spec !== "object" || spec === null) return false;
  const blocks = ["release", "migrations", "settings"];
  const fields = spec as Readonly<Record<string, unknown>>;
  return (
    STEPS.some((step) => step === fields.step) &&
    blocks.every((key) => typeof fields[key] === "object" && fields[key] !== null)
  );
}
