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
    throw isLockstepError(error) ? refusal(formatError(error)) : error;
  }
}

/**
 * An error that Pulumi prints as `text` and nothing else. It has no stack, because Pulumi inspects it all
 * the same, and Node (seen with 20.20) then loops over a frame like `node_modules/@pulumi/resource.ts`, as
 * the SDK's source maps name them, until the text is as long as a string can be: 20 to 40 s.
 */
export function refusal(text: string): pulumi.RunError {
  const error = new pulumi.RunError(text);
  error.stack = text;
  return error;
}
