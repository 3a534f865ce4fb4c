import assert from "node:assert/strict";
import { firstWalFile, isWalBetween } from "../../../../engine/backup/physical.ts";

describe("the log that a physical copy needs", () => {
  const label = [
    "START WAL LOCATION: 0/9000028 (file 000000010000000000000009)",
    "CHECKPOINT LOCATION: 0/9000080",
    "LABEL: lockstep",
  ].join("\n");

  it("begins where backup_label says", () => {
    assert.equal(firstWalFile(label), "000000010000000000000009");
    assert.equal(firstWalFile("LABEL: lockstep"), "");
  });

  it("is what lies between first and last segment, and each timeline's history", () => {
    const [first, last] = ["000000010000000000000009", "000000010000000100000000"];
    const isTaken = (name: string) => isWalBetween(name, first, last);
    assert.ok([first, last, "0000000100000000000000FF", "00000002.history"].every(isTaken));
    const others = [
      ...["000000010000000000000008", "000000010000000100000001", "archive_status"],
      "000000010000000000000009.00000028.backup",
    ];
    assert.ok(!others.some(isTaken));
  });
});
