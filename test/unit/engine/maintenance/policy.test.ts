// Between which files the app is away.
import assert from "node:assert/strict";
import { describeSpan, planMaintenance } from "../../../../engine/maintenance/policy.ts";
import type { RiskLevel } from "../../../../engine/plan/riskLevel.ts";

const file = (name: string, level: RiskLevel, stage: "expand" | "contract" = "expand") => ({
  ...{ file: name, level, stage },
});

describe("planMaintenance", () => {
  const files = [
    file("01_a", "medium"),
    file("02_b", "high"),
    file("03_c", "low"),
    file("04_d", "very high"),
    file("05_e", "medium"),
    file("06_f", "very high", "contract"),
  ];

  it("has one window a stage, from the first file at the level to the last", () => {
    assert.deepEqual(planMaintenance(files, "high").map(describeSpan), [
      "in expand from 02_b to 04_d",
      "in contract for 06_f",
    ]);
    assert.deepEqual(planMaintenance(files, "high")[0]?.risky, ["02_b", "04_d"]);
    assert.deepEqual(planMaintenance(files, "very high").map(describeSpan), [
      "in expand for 04_d",
      "in contract for 06_f",
    ]);
  });

  it("has none for none, and where no file reaches the level", () => {
    assert.deepEqual(planMaintenance(files, "none"), []);
    assert.deepEqual(planMaintenance(files.slice(0, 1), "high"), []);
  });
});
