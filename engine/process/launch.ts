// Starts a version of a process so that it outlives us: own process group, output in a file.
import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { lockstepHome } from "../home.ts";
import { identityOf, isAlive } from "./identity.ts";
import { ensurePrivateDir } from "./privateFile.ts";
import type { Running } from "./registry.ts";
import { ensureKept } from "./releaseStore.ts";
import { logFileOf, nameOf, type ProcessSpec, releaseIdOf } from "./spec.ts";

/** What an app gets of our environment; the rest may hold secrets that are none of its business. */
const PASSED_ON = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS"];

/** How long Node's word of a child's end is waited for: so many turns of so many ms. It comes with the first or second. */
const TURN_MS = 10;
const MAX_TURNS = 100;

/** A version that was started, or could not be. */
export interface Launched {
  readonly spec: ProcessSpec;
  /** Undefined if it could not be started or ended at once. */
  readonly running: Running | undefined;
  /** How it ended (`ended with exit code 1`); undefined while it runs. */
  readonly ending: () => Promise<string | undefined>;
  /** Its log, and the byte where this start begins in it. */
  readonly logFile: string;
  readonly logOffset: number;
}

/**
 * Starts `spec`'s command in its kept tree. The app is told PORT, LOCKSTEP_RELEASE, LOCKSTEP_PROCESS
 * and LOCKSTEP_HOME; `node` means the Node that runs lockstep. Throws CONFIG if the tree is not kept.
 */
export async function launch(spec: ProcessSpec): Promise<Launched> {
  const cwd = await ensureKept(spec.project, spec.stack, spec.treeDigest);
  const logFile = logFileOf(spec);
  await ensurePrivateDir(dirname(logFile));
  const log = await open(logFile, "a", 0o600);
  const { size: logOffset } = await log.stat();
  const [program = "", ...args] = spec.command;
  const child = spawn(program === "node" ? process.execPath : program, args, {
    cwd,
    env: environmentOf(spec),
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  let ended: string | undefined;
  child.once("exit", (code, signal) => {
    ended = signal === null ? `ended with exit code ${code}` : `ended by ${signal}`;
  });
  await new Promise<void>((resolve) => {
    child.once("spawn", resolve);
    child.once("error", (error) => {
      ended = `could not be started: ${error.message}`;
      resolve();
    });
  });
  child.unref();
  await log.close();
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  const running =
    identity === undefined ? undefined : { ...identity, startedAt: new Date().toISOString() };
  const ending = async () => {
    // The system knows that a process has ended before Node tells how.
    for (let turns = 0; ended === undefined && !lives(running) && turns < MAX_TURNS; turns += 1)
      await delay(TURN_MS);
    return ended ?? endingOf(running);
  };
  return { spec, running, ending, logFile, logOffset };
}

/** The same view of a version that an earlier, killed lockstep started. */
export function adopt(spec: ProcessSpec, running: Running): Launched {
  const ending = () => Promise.resolve(endingOf(running));
  return { spec, running, ending, logFile: logFileOf(spec), logOffset: 0 };
}

function endingOf(running: Running | undefined): string | undefined {
  return lives(running) ? undefined : "ended at once";
}

function lives(running: Running | undefined): boolean {
  return running !== undefined && isAlive(running);
}

function environmentOf(spec: ProcessSpec): NodeJS.ProcessEnv {
  const passedOn = PASSED_ON.map((name) => [name, process.env[name]] as const);
  return {
    ...Object.fromEntries(passedOn.filter(([, value]) => value !== undefined)),
    ...spec.env,
    PORT: String(spec.port),
    LOCKSTEP_RELEASE: releaseIdOf(spec.release),
    LOCKSTEP_PROCESS: nameOf(spec),
    LOCKSTEP_HOME: lockstepHome(),
  };
}
