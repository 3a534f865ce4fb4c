import assert from "node:assert/strict";
import { isExplained } from "../../../../engine/backup/provePhysical.ts";

describe("isExplained", () => {
  it("takes rows that transactions in between inserted or rewrote", () => {
    assert.ok(isExplained({ expected: 100, actual: 103, created: 3 }));
    assert.ok(isExplained({ expected: 100, actual: 101, created: 5 }));
  });

  it("takes no rows that appeared or went without them", () => {
    assert.ok(!isExplained({ expected: 100, actual: 103, created: 2 }));
    assert.ok(!isExplained({ expected: 100, actual: 90, created: 2 }));
    assert.ok(!isExplained({ expected: 100, actual: 99, created: 0 }));
  });
});
