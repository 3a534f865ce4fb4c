// Tests of the component for the backup before a stage.
import assert from "node:assert/strict";
import { Backup } from "../../../components/backup.ts";
import { step, stepInputs } from "./given.ts";
import { find, record, valueOf } from "./record.ts";

describe("Backup", () => {
  it("is a step that knows the stage it comes before, and puts its id out", async () => {
    const result = { summary: "s", applied: [], waiting: [], backup: "backup_1" };
    const recording = await record(() => new Backup("backup", { ...step, before: "contract" }), {
      results: { "backup-step": result },
    });
    const { inputs } = find(recording, "lockstep:index:Step backup-step");
    assert.deepEqual(inputs, { ...stepInputs, step: "backup", before: "contract" });
    assert.equal(await valueOf(recording.result.backup), "backup_1");
  });
});
