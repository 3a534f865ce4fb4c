// Settings that no gate can work with are refused.
import assert from "node:assert/strict";
import {
  checksIn,
  DEFAULT_GATE_SETTINGS,
  ensureGateSettings,
} from "../../../../engine/health/settings.ts";

describe("ensureGateSettings", () => {
  it("accepts the defaults", () => {
    ensureGateSettings(DEFAULT_GATE_SETTINGS);
  });

  it("reports all faults at once", () => {
    const settings = {
      ...DEFAULT_GATE_SETTINGS,
      intervalMs: 0,
      errorRateLimit: 5,
      failures: 1.5,
      probesPerSecond: 5,
      probePaths: ["customers"],
    };
    assert.throws(
      () => {
        ensureGateSettings(settings);
      },
      (error: { code?: string; seen?: string }) => {
        assert.equal(error.code, "CONFIG");
        assert.deepEqual(error.seen?.split("\n"), [
          "intervalMs is 0, expected more than 0 ms",
          "errorRateLimit is 5, expected above 0 and up to 1",
          "failures is 1.5, expected a whole number from 1",
          "probePaths is customers, expected paths that begin with /",
        ]);
        return true;
      },
    );
  });

  it("wants a path for probes", () => {
    const settings = { ...DEFAULT_GATE_SETTINGS, probesPerSecond: 1, probePaths: [] };
    assert.throws(() => {
      ensureGateSettings(settings);
    });
  });
});

describe("checksIn", () => {
  it("is what fits, and at least one", () => {
    assert.equal(checksIn(DEFAULT_GATE_SETTINGS), 20);
    assert.equal(checksIn({ ...DEFAULT_GATE_SETTINGS, watchMs: 59_999 }), 1);
    assert.equal(checksIn({ ...DEFAULT_GATE_SETTINGS, watchMs: 10 }), 1);
  });
});
