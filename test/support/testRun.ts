// One test run's folder and what lives in it: whatever way the run ends, its servers and processes end with it.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { isAlive, ownIdentity } from "../../engine/process/identity.ts";
import { readIfThere, writePrivateFile } from "../../engine/process/privateFile.ts";

// Set for mocha's parallel workers and all that tests start: it marks what belongs to this run.
const RUN_VARIABLE = "LOCKSTEP_TEST_RUN";

// Ends every server whose data lies below $1 and every process marked with it (an app that a release
// started knows only its LOCKSTEP_HOME), then removes $1.
const CLEAN_UP = `
for file in $(find "$1" -name postmaster.pid 2>/dev/null); do
  pid=$(head -n 1 "$file")
  kill -QUIT "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
done
for environ in /proc/[0-9]*/environ; do
  grep -qz -e "^${RUN_VARIABLE}=$1\$" -e "^LOCKSTEP_HOME=$1/" "$environ" 2>/dev/null || continue
  pid=\${environ#/proc/}
  kill -KILL "\${pid%/environ}" 2>/dev/null
done
rm -rf "$1"
`;

// Its stdin is a pipe from the test process: end of file means that this one has ended, however.
const WATCH = `cat >/dev/null\n${CLEAN_UP}`;

const OwnerSchema = z.object({ pid: z.number(), startTime: z.string() });

let ending: (() => Promise<void>) | undefined;

/**
 * The folder of this test run, made (with its watchdog) by the first process that asks, inherited by
 * its children. What a killed earlier run left behind is ended and removed first.
 */
export async function ensureTestRun(): Promise<string> {
  const inherited = process.env[RUN_VARIABLE];
  if (inherited !== undefined) return inherited;
  const base = join(tmpdir(), `lockstep-tests-${process.getuid?.() ?? "user"}`);
  const dir = join(base, `run-${process.pid}-${randomBytes(3).toString("hex")}`);
  process.env[RUN_VARIABLE] = dir;
  await mkdir(dir, { recursive: true });
  // A server under root runs as another user, which has to get through.
  for (const path of [base, dir]) await chmod(path, 0o711);
  await writePrivateFile(join(dir, "owner.json"), JSON.stringify(ownIdentity()));
  ending = watch(dir);
  await sweep(base);
  return dir;
}

/** Ends what this process's run started; nothing to do where the run belongs to a parent. */
export async function endTestRun(): Promise<void> {
  await ending?.();
  ending = undefined;
}

function watch(dir: string): () => Promise<void> {
  const { [RUN_VARIABLE]: _own, ...env } = process.env;
  const watchdog = spawn("sh", ["-c", WATCH, "sh", dir], {
    detached: true,
    cwd: "/",
    env,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = once(watchdog, "exit");
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  return async () => {
    watchdog.ref();
    watchdog.stdin.end();
    await ended;
  };
}

async function sweep(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const dir = join(base, name);
    const text = await readIfThere(join(dir, "owner.json")).catch(() => undefined);
    if (text === undefined) continue;
    const owner = OwnerSchema.safeParse(JSON.parse(text));
    if (owner.success && isAlive(owner.data)) continue;
    await execa("sh", ["-c", CLEAN_UP, "sh", dir], { reject: false });
    await rm(dir, { recursive: true, force: true });
  }
}
