// Errors made for users: their exit codes and how they are told from others.
import assert from "node:assert/strict";
import {
  EXIT_CODES,
  exitCodeOf,
  isLockstepError,
  LockstepError,
} from "../../../../engine/errors/lockstepError.ts";

describe("LockstepError", () => {
  it("carries its parts, and undefined for those not given", () => {
    const cause = new Error("below");
    const error = new LockstepError("CONFIG", "wrong", {
      where: "a.yaml",
      sqlstate: "42601",
      cause,
    });
    assert.equal(error.message, "wrong");
    assert.equal(error.where, "a.yaml");
    assert.equal(error.sqlstate, "42601");
    assert.equal(error.cause, cause);
    assert.equal(error.next, undefined);
  });

  it("has no cause where none was given", () => {
    assert.equal("cause" in new LockstepError("CONFIG", "wrong"), false);
  });
});

describe("isLockstepError", () => {
  it("knows an error from another copy of the module", () => {
    const other = Object.assign(new Error("x"), { name: "LockstepError", code: "CONFIG" });
    assert.equal(isLockstepError(other), true);
  });

  for (const [what, value] of [
    ["a plain error", new Error("x")],
    ["an error with a code", Object.assign(new Error("x"), { code: "ENOENT" })],
    ["a string", "LockstepError"],
    ["nothing", undefined],
  ] as const) {
    it(`is false for ${what}`, () => {
      assert.equal(isLockstepError(value), false);
    });
  }
});

describe("exitCodeOf", () => {
  const cases = [
    ["CONFIG", EXIT_CODES.badInput],
    ["USAGE", EXIT_CODES.badInput],
    ["MIGRATION_FILES", EXIT_CODES.badInput],
    ["SQL_SYNTAX", EXIT_CODES.badInput],
    ["UNSAFE_MIGRATION", EXIT_CODES.refused],
    ["NOT_APPROVED", EXIT_CODES.refused],
    ["CHECKSUM_MISMATCH", EXIT_CODES.refused],
    ["ROLLED_BACK_BEFORE", EXIT_CODES.refused],
    ["LEASE_NOT_OBTAINED", EXIT_CODES.leaseNotObtained],
    ["INTERRUPTED", EXIT_CODES.interrupted],
    ["STATEMENT_FAILED", EXIT_CODES.failed],
    ["CONNECTION", EXIT_CODES.failed],
  ] as const;
  for (const [code, expected] of cases) {
    it(`${code}: ${expected}`, () => {
      assert.equal(exitCodeOf(new LockstepError(code, "x")), expected);
    });
  }

  it("is 1 for everything that is not a LockstepError", () => {
    assert.equal(exitCodeOf(new TypeError("x")), 1);
    assert.equal(exitCodeOf("x"), 1);
  });
});
