// Tests of what a contract file waits for on a stack that takes another's releases.
import assert from "node:assert/strict";
import { isUnproven, waitingFor, waitingLines } from "../../../../engine/plan/promoted.ts";

const promoted = { from: "staging", contractThrough: "05" };

describe("isUnproven", () => {
  it("compares numbers, however they are written", () => {
    assert.ok(!isUnproven("5", promoted));
    assert.ok(!isUnproven("005", promoted));
    assert.ok(isUnproven("10", promoted));
  });

  it("is true of every contract file where none was run, and of none where nothing is promoted", () => {
    assert.ok(isUnproven("01", { from: "staging", contractThrough: null }));
    assert.ok(!isUnproven("01", undefined));
  });
});

describe("what contract files wait for", () => {
  it("is approval, with the command that gives it for all of them", () => {
    const context = { stack: "dev", promoted: undefined };
    assert.deepEqual(waitingFor(["05_remove_phone", "07_drop_x"], context), [
      {
        on: "approval",
        files: ["05_remove_phone", "07_drop_x"],
        next: "npx lockstep approve --stack dev --through 07",
      },
    ]);
  });

  it("is the stack before, where that has not run them: approving these would change nothing", () => {
    const context = { stack: "prod", promoted };
    assert.deepEqual(waitingLines(waitingFor(["05_remove_phone", "07_drop_x"], context)), [
      "contract waits for approval: 05_remove_phone (npx lockstep approve --stack prod --through 05)",
      "contract waits for stack staging: 07_drop_x (pulumi up --stack staging)",
    ]);
  });

  it("is nothing where no file waits", () => {
    assert.deepEqual(waitingFor([], { stack: "prod", promoted }), []);
  });
});
