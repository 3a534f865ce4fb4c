// A LOCKSTEP_HOME of its own for each test, so that none sees this machine's or another's.
import { rm } from "node:fs/promises";
import { afterEach, beforeEach } from "mocha";
import { makeTempDir } from "./tempDir.ts";

/** Call it in a `describe`: each test runs with LOCKSTEP_HOME set to a new folder, `path`. */
export function useLockstepHome(): { readonly path: string } {
  let path = "";
  let before: string | undefined;
  beforeEach(async () => {
    before = process.env.LOCKSTEP_HOME;
    path = await makeTempDir("home");
    process.env.LOCKSTEP_HOME = path;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.LOCKSTEP_HOME;
    else process.env.LOCKSTEP_HOME = before;
    await rm(path, { recursive: true, force: true });
  });
  return {
    get path() {
      return path;
    },
  };
}
