// The stack's config out of Pulumi's hands.
import * as pulumi from "@pulumi/pulumi";
import type { Config } from "../config/config.ts";
import { parseConfig } from "../config/parseConfig.ts";

/** The config of the stack that this program runs for, and whose it is. */
export interface StackConfig extends Config {
  readonly project: string;
  readonly stack: string;
  /** Where the project's folder is, as seen from the working directory. */
  readonly root: string;
}

/**
 * Reads and checks the whole config.
 * @throws LockstepError CONFIG that names every fault.
 */
export function readConfig(): StackConfig {
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const values = pulumi.runtime.allConfig();
  const root = ".";
  return { ...parseConfig({ stack, values, secretKeys: secretKeys() }), project, stack, root };
}

/** The SDK has it for its own `Config` class, and leaves it out of its types. */
const internal = pulumi.runtime as unknown as { readonly isConfigSecret: (key: string) => boolean };

/** The keys that are encrypted, or hold something that is. */
export function secretKeys(): readonly string[] {
  return Object.keys(pulumi.runtime.allConfig()).filter((key) => internal.isConfigSecret(key));
}
