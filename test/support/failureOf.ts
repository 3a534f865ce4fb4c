// For tests of failures: the error itself, to look at all of it.
import assert from "node:assert/strict";
import { isLockstepError, type LockstepError } from "../../engine/errors/lockstepError.ts";

/** The LockstepError that `promise` ends with. Fails the test if it ends well or otherwise. */
export async function failureOf(promise: Promise<unknown>): Promise<LockstepError> {
  const error = await promise.then(
    () => assert.fail("expected a failure"),
    (thrown: unknown) => thrown,
  );
  assert.ok(isLockstepError(error), String(error));
  return error;
}
