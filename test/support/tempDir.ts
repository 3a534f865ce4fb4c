// Folders for one test each, below the test run's folder, so that none outlives the run.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach } from "mocha";
import { ensureTestRun } from "./testRun.ts";

/** A new empty folder, mode 0711 (a server's user may pass through). The run's end removes it. */
export async function makeTempDir(prefix = "t"): Promise<string> {
  const dir = await mkdtemp(join(await ensureTestRun(), `${prefix}-`));
  await chmod(dir, 0o711);
  return dir;
}

/** Call it in a `describe`: each test gets a new folder, `path`, which is removed after it. */
export function useTempDir(prefix?: string): { readonly path: string } {
  let path = "";
  beforeEach(async () => {
    path = await makeTempDir(prefix);
  });
  afterEach(async () => {
    await rm(path, { recursive: true, force: true });
  });
  return {
    get path() {
      return path;
    },
  };
}
