// The node command line with which a program or plugin is started: options from the project file, module from its own node_modules.

import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * The runtime options of a project file that matter here, as the official host reads them.
 * @typedef {{ typescript: boolean, nodeArgs: string[] }} RuntimeOptions
 */

/**
 * Reads `runtime.options` of Pulumi.yaml, PulumiPlugin.yaml or PulumiPolicy.yaml.
 * @param {Record<string, unknown>} options
 * @returns {RuntimeOptions} TypeScript support is on unless switched off; `nodeargs` is split at blanks
 */
export function parseRuntimeOptions(options) {
  const nodeArgs =
    typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter(Boolean) : [];
  return { typescript: options.typescript !== false && options.typescript !== "false", nodeArgs };
}

/**
 * Finds one of the SDK's entry points in the program's own node_modules, because the SDK must be the copy that the program
 * imports.
 * @param {"run" | "run-plugin" | "run-policy-pack"} name
 * @param {string} programFolder
 * @returns {string}
 * @throws {Error} where there is none
 */
export function findSdkEntry(name, programFolder) {
  try {
    return createRequire(join(programFolder, "_")).resolve(`@pulumi/pulumi/cmd/${name}/index.js`);
  } catch (error) {
    throw new Error(
      `${programFolder} has no @pulumi/pulumi: install its npm packages (npm ci), then try again`,
      {
        cause: error,
      },
    );
  }
}
