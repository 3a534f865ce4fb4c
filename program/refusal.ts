// How the program ends where it refuses a release: with the message alone, and no stack trace.
import * as pulumi from "@pulumi/pulumi";
import { formatError } from "../engine/errors/formatError.ts";
import { isLockstepError } from "../engine/errors/lockstepError.ts";

/**
 * The result of `read`.
 * @throws pulumi.RunError, which Pulumi prints as its message only, for an error that is meant for
 * the user; anything else as it is.
 */
export async function orRefuse<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    await stackRegistered();
    throw isLockstepError(error) ? new pulumi.RunError(formatError(error)) : error;
  }
}

/**
 * A program that ends while its stack is still being registered keeps `pulumi` waiting for some 20 s
 * (measured with CLI 3.255) before it shows why.
 */
async function stackRegistered(): Promise<void> {
  const stack = pulumi.runtime.getStackResource();
  if (stack) await new Promise((resolve) => stack.urn.apply(resolve));
}
