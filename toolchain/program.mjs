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
  const main = pathToFileURL(await locate()).href;
  try {
    // An output without a value is not one: Pulumi would warn of it.
    const outputs = Object.entries(await import(main)).filter(([, value]) => value !== undefined);
    return Object.fromEntries(outputs);
  } catch (error) {
    // Pulumi prints the stack of what is not meant for the user: with the places of the sources.
    if (error instanceof Error && error.stack) error.stack = await mapped(error.stack);
    throw error;
  }
}

/** @param {string} stack */
async function mapped(stack) {
  const { mapStack } = await import("./sourceMaps.mjs");
  return mapStack(stack);
}

/** @returns {Promise<string>} */
async function locate() {
  try {
    return await ensureBundle("program");
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    // The one kind of error that Pulumi shows without a stack.
    const { RunError } = await import("@pulumi/pulumi/errors.js");
    throw new RunError(error.message);
  }
}
