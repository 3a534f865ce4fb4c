import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { backupBeforeContract } from "../../../../policies/rules/backupBeforeContract.ts";
import { judge, step } from "../judge.ts";

const release = (digest: string) => ({ release: { digest } });
const backup = (before: string, digest = "1") =>
  step({ step: "backup", before, ...release(digest) });
const contract = (digest = "1") => step({ step: "contract", ...release(digest) });

describe("policy backup-before-contract", () => {
  it("passes a contract stage with a backup before it, and a release without one", () => {
    assert.deepEqual(judge(backupBeforeContract, [backup("contract"), contract()]), [[], []]);
    assert.deepEqual(judge(backupBeforeContract, [step({ step: "expand", ...release("1") })]), [
      [],
    ]);
  });

  it("refuses a contract stage without one, or with another stage's or release's", () => {
    const refused = [
      [contract()],
      [backup("expand"), contract()],
      [backup("contract", "2"), contract("1")],
    ];
    for (const resources of refused) {
      assert.match(
        judge(backupBeforeContract, resources).at(-1)!.join(),
        /no backup comes before it/,
      );
    }
  });

  it("forgets between runs", () => {
    judge(backupBeforeContract, [backup("contract")]);
    assert.equal(judge(backupBeforeContract, [contract()])[0]!.length, 1);
  });
});
