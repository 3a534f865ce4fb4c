// Tests of what an approval covers.
import assert from "node:assert/strict";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import {
  approvalDigest,
  approveCommand,
  coveredBy,
  filesThrough,
} from "../../../../engine/plan/approval.ts";
import { fileId } from "../../../../engine/sources/fileId.ts";

const file = (number: string, checksum: string) => ({
  number,
  order: BigInt(number),
  name: "remove_x",
  checksum,
});
const five = file("05", "aa");
const seven = file("07", "bb");
const twelve = file("12", "cc");
const files = [five, seven, twelve];

/** An approval of `files` through number `through`. */
const approve = (through: string, stack = "prod") => ({
  through,
  digest: approvalDigest(stack, filesThrough(through, files)),
});

describe("approvalDigest", () => {
  const base = approvalDigest("prod", [five, seven]);

  it("is a sha256 that does not depend on the order given", () => {
    assert.match(base, /^[0-9a-f]{64}$/);
    assert.equal(approvalDigest("prod", [seven, five]), base);
  });

  it("keeps its value, because approvals lie in repositories", () => {
    assert.equal(base, "cceabc1bcb09011ee80c3b508d921eccdebae19b115840d4820689f5c164e374");
  });

  it("is another on another stack, for other files, numbers or contents", () => {
    const others = [
      approvalDigest("staging", [five, seven]),
      approvalDigest("prod", [five]),
      approvalDigest("prod", [five, file("08", "bb")]),
      approvalDigest("prod", [five, file("07", "bc")]),
    ];
    assert.equal(new Set([base, ...others]).size, 5);
  });
});

describe("coveredBy", () => {
  it("covers nothing without an approval", () => {
    assert.deepEqual(coveredBy(undefined, files, "prod"), []);
  });

  it("covers the files up to its number, compared as a number", () => {
    assert.deepEqual(coveredBy(approve("07"), files, "prod").map(fileId), [
      "05_remove_x",
      "07_remove_x",
    ]);
    assert.deepEqual(coveredBy(approve("7"), [...files].reverse(), "prod"), [five, seven]);
  });

  it("is not touched by files after its number", () => {
    const later = [five, seven, file("12", "edited"), file("13", "dd")];
    assert.deepEqual(coveredBy(approve("07"), later, "prod"), [five, seven]);
  });

  const mismatches: readonly (readonly [string, typeof files, string])[] = [
    ["a covered file was edited", [five, file("07", "edited")], "prod"],
    ["a file was added below its number", [...files, file("06", "new")], "prod"],
    ["a covered file is gone", [seven, twelve], "prod"],
    ["it was given on another stack", files, "staging"],
  ];
  for (const [why, given, stack] of mismatches) {
    it(`refuses an approval when ${why}`, () => {
      assert.throws(
        () => coveredBy(approve("07"), given, stack),
        (error: unknown) => {
          assert.ok(isLockstepError(error));
          assert.equal(error.code, "NOT_APPROVED");
          const text = formatError(error);
          assert.match(text, new RegExp(`npx lockstep approve --stack ${stack} --through 07`));
          assert.match(text, new RegExp(`pulumi config rm lockstep:approval --stack ${stack}`));
          return true;
        },
      );
    });
  }
});

describe("approveCommand", () => {
  it("can be typed as it is", () => {
    assert.equal(approveCommand("dev", "05"), "npx lockstep approve --stack dev --through 05");
  });
});
