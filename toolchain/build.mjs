// `npm run build`: compiles all parts, for publishing or to see whether they compile.

import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBundle, readPointer } from "./bundle.mjs";
import { follow } from "./command.mjs";
import { entries } from "./entries.mjs";
import { rootFolder } from "./paths.mjs";
import { progress, runMain, ToolchainError } from "./progress.mjs";
import { ensureSetup } from "./setup.mjs";

await runMain(async () => {
  await ensureSetup();
  for (const name of /** @type {import("./bundle.mjs").BundleName[]} */ (Object.keys(entries))) {
    const started = performance.now();
    await ensureBundle(name);
    progress(`${name} compiled or up to date (${Math.round(performance.now() - started)} ms)`);
  }
  await writeTypes();
  leaveOutReplaced();
});

/** Builds that were replaced stay for a day, for who still runs them; a package has no use for them. */
function leaveOutReplaced() {
  const dist = join(rootFolder, "dist");
  const names = /** @type {import("./bundle.mjs").BundleName[]} */ (Object.keys(entries));
  const replaced = names.flatMap((name) =>
    readdirSync(join(dist, name))
      .filter((entry) => entry !== "current.json" && entry !== readPointer(name, rootFolder)?.build)
      .map((entry) => `/${name}/${entry}`),
  );
  // npm heeds it in a folder, whatever `files` of package.json says.
  writeFileSync(join(dist, ".npmignore"), `${replaced.join("\n")}\n`);
}

/** The declarations that a TypeScript program reads which imports the package. */
async function writeTypes() {
  rmSync(join(rootFolder, "dist", "types"), { recursive: true, force: true });
  const tsc = join("node_modules", ".bin", "tsc");
  const result = await follow(tsc, ["--project", "package"], { cwd: rootFolder, tailLines: 40 });
  if (result.code === 0) return progress("types written");
  throw new ToolchainError(`the package's types cannot be written:\n${result.tail.join("\n")}`);
}
