// Where the `lockstep` command lies: beside the package that this plugin belongs to.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Program and first argument of the command. The bundle's own depth is not known, so the package is looked for. */
export function lockstepCommand(): readonly [string, ...string[]] {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const manifest = join(dir, "package.json");
    if (existsSync(manifest) && readFileSync(manifest, "utf8").includes('"pulumi-lockstep"')) {
      return [process.execPath, join(dir, "bin", "lockstep.mjs")];
    }
    if (dir === dirname(dir)) throw new Error("the package pulumi-lockstep is incomplete");
  }
}
