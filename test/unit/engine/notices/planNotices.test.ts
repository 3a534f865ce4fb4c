// Which notices follow from how a part of a release ended.
import assert from "node:assert/strict";
import { LockstepError, type ErrorCode } from "../../../../engine/errors/lockstepError.ts";
import { planEndNotices, planFailureNotices } from "../../../../engine/notices/planNotices.ts";

const PART = { step: "contract", label: "1.2" };
const failure = (code: ErrorCode, rolledBackTo?: string | null) =>
  planFailureNotices({
    ...PART,
    error: new LockstepError(code, "it failed", { where: "here", seen: "12 % errors\nlog line" }),
    ...(rolledBackTo === undefined ? {} : { rolledBackTo }),
  });

describe("planEndNotices", () => {
  it("says nothing of a part in between", () => {
    assert.deepEqual(planEndNotices(PART), []);
  });

  it("says that a release is verified, and what waits for whom", () => {
    const approval = { files: ["05_remove_phone"], next: "npx lockstep approve" };
    const notices = planEndNotices({ ...PART, isVerified: true, approval });
    assert.deepEqual(
      notices.map(({ kind, details, next }) => [kind, details, next]),
      [
        ["finished", [], null],
        ["approval", ["05_remove_phone"], "npx lockstep approve"],
      ],
    );
  });
});

describe("planFailureNotices", () => {
  const cases: readonly (readonly [ErrorCode, string | null | undefined, string | undefined])[] = [
    ["STATEMENT_FAILED", undefined, "failed"],
    ["LEASE_NOT_OBTAINED", undefined, "failed"],
    ["NOT_APPROVED", undefined, "refused"],
    ["RELEASE_ACTIVE", undefined, "refused"],
    ["GATE_FAILED", "1.1-ab", "rollback"],
    ["GATE_FAILED", null, "failed"],
    ["GATE_HELD", null, "failed"],
    ["ROLLBACK_FAILED", undefined, "rollback"],
    ["INTERRUPTED", undefined, undefined],
  ];
  for (const [code, back, kind] of cases) {
    it(`makes ${kind ?? "nothing"} of ${code}${back === null ? " without a way back" : ""}`, () => {
      assert.deepEqual(
        failure(code, back).map((notice) => notice.kind),
        kind === undefined ? [] : [kind],
      );
    });
  }

  it("keeps what was seen in the house, but for a gate's figures", () => {
    assert.deepEqual(failure("STATEMENT_FAILED")[0]?.details, ["it failed", "here"]);
    assert.deepEqual(failure("GATE_FAILED", null)[0]?.details, [
      "it failed",
      "here",
      "12 % errors",
    ]);
  });

  it("says of a bug no more than that there is one", () => {
    const [notice] = planFailureNotices({ ...PART, error: new TypeError("x of undefined") });
    assert.deepEqual([notice?.kind, notice?.details], ["failed", []]);
  });
});
