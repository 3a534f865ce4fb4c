// Starts a compiled part of lockstep, and shows an unexpected failure with the lines of the sources.

import { pathToFileURL } from "node:url";
import { ensureBundle } from "./bundle.mjs";
import { describeFailure } from "./progress.mjs";

/**
 * Imports a part's compiled main file, which is to run on import. Whatever it throws is printed on stderr, never on stdout: the plugin's
 * stdout belongs to the engine, the command's to its reader.
 * @param {import("./bundle.mjs").BundleName} name
 */
export async function launch(name) {
  try {
    await import(pathToFileURL(await ensureBundle(name)).href);
  } catch (error) {
    const { mapStack } = await import("./sourceMaps.mjs");
    process.stderr.write(`${mapStack(describeFailure(error))}\n`);
    process.exitCode = 1;
  }
}
