// One operation at a time on a thing of this machine: a lock file that names its holder, so that a killed holder's lock is found out and broken.
import { randomBytes } from "node:crypto";
import { link, mkdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LockstepError } from "../errors/lockstepError.ts";
import { type Report, silent } from "../events.ts";
import { isAlive, ownIdentity, type ProcessIdentity } from "./identity.ts";
import { ensurePrivateDir, readIfThere } from "./privateFile.ts";

const POLL_MS = 50;
/** Breaking a dead holder's lock takes microseconds: a breaker that is this old was killed at it. */
const BREAKER_STALE_MS = 10_000;

/** How long to wait for the lock, and what to say meanwhile. */
export interface ExclusiveOptions {
  /** What is being locked, for messages: `process shop/dev/app`. */
  readonly what: string;
  /** @default 120000 */
  readonly waitLimitMs?: number;
  readonly report?: Report;
}

/**
 * Runs `body` while no other process (and no other call in this one) runs a body under the same
 * `lockPath`. Throws LEASE_NOT_OBTAINED if the holder does not finish within the limit.
 */
export async function withExclusive<T>(
  lockPath: string,
  options: ExclusiveOptions,
  body: () => Promise<T>,
): Promise<T> {
  await ensurePrivateDir(dirname(lockPath));
  const mine = JSON.stringify({ ...ownIdentity(), nonce: randomBytes(6).toString("hex") });
  await obtain(lockPath, mine, options);
  try {
    return await body();
  } finally {
    if ((await readIfThere(lockPath)) === mine) await rm(lockPath, { force: true });
  }
}

async function obtain(lockPath: string, mine: string, options: ExclusiveOptions): Promise<void> {
  const { what, waitLimitMs = 120_000, report = silent } = options;
  const startedMs = performance.now();
  let said = false;
  while (!(await tryLock(lockPath, mine))) {
    const seen = await readIfThere(lockPath);
    if (seen === undefined) continue;
    const holder = parseHolder(seen);
    if (holder === undefined || !isAlive(holder)) {
      await breakLock(lockPath, seen);
      continue;
    }
    if (performance.now() - startedMs > waitLimitMs) throw notObtained(lockPath, what, holder);
    if (!said) report("progress", `waiting for process ${holder.pid}, which works on ${what}`);
    said = true;
    await delay(POLL_MS);
  }
}

/** The lock appears with its content in one step (a hard link), so no reader sees it empty. */
async function tryLock(lockPath: string, mine: string): Promise<boolean> {
  const temporary = `${lockPath}.${randomBytes(6).toString("hex")}`;
  await writeFile(temporary, mine, { mode: 0o600, flag: "wx" });
  try {
    await link(temporary, lockPath);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes the lock if it still is `seen`; only one breaker at a time, or two would break a new one. */
async function breakLock(lockPath: string, seen: string): Promise<void> {
  const breaker = `${lockPath}.breaking`;
  try {
    await mkdir(breaker, { mode: 0o700 });
  } catch {
    const age = await stat(breaker).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > BREAKER_STALE_MS) await rmdir(breaker).catch(() => undefined);
    await delay(POLL_MS);
    return;
  }
  try {
    if ((await readIfThere(lockPath)) === seen) await rm(lockPath, { force: true });
  } finally {
    await rmdir(breaker).catch(() => undefined);
  }
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    if (!("pid" in value) || !("startTime" in value)) return undefined;
    const { pid, startTime } = value;
    return typeof pid === "number" && typeof startTime === "string"
      ? { pid, startTime }
      : undefined;
  } catch {
    return undefined;
  }
}

function notObtained(lockPath: string, what: string, holder: ProcessIdentity): LockstepError {
  return new LockstepError("LEASE_NOT_OBTAINED", `Another lockstep works on ${what}`, {
    where: lockPath,
    seen: `process ${holder.pid} holds the lock and still runs`,
    next: `wait for it, or look at it with: ps -fp ${holder.pid}`,
  });
}
