// What Pulumi runs as the program: loads the compiled index.ts and gives its exports as the stack's outputs.

import { pathToFileURL } from "node:url";
import { ensureBundle } from "./bundle.mjs";
import { enterProjectFolder } from "./project.mjs";
import { ToolchainError } from "./progress.mjs";

/**
 * The program. A function and the module's only export, because the names of the outputs are known only once the bundle is
 * loaded; @pulumi/pulumi calls it and takes what it returns as outputs.
 * @returns {Promise<Record<string, unknown>>}
 */
export default async function program() {
  enterProjectFolder();
  return { ...(await import(pathToFileURL(await locate()).href)) };
}

/** @returns {Promise<string>} */
async function locate() {
  try {
    return await ensureBundle("program");
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    // The one kind of error that Pulumi shows without a stack.
    const { RunError } = await import("@pulumi/pulumi");
    throw new RunError(error.message);
  }
}
