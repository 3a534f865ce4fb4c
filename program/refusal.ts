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
    throw isLockstepError(error) ? new pulumi.RunError(formatError(error)) : error;
  }
}
