// Tests of the component for a release's end.
import assert from "node:assert/strict";
import { Verification } from "../../../components/verification.ts";
import { digestOf, migrations, release, step, stepInputs } from "./given.ts";
import { find, record, valueOf } from "./record.ts";

describe("Verification", () => {
  const args = {
    ...step,
    releaseId: "1.1-aaaaaaaaaaaa",
    treeDigest: digestOf("e"),
    contractFiles: ["05_remove_phone", "07_drop_x"],
  };
  const verified = async (waiting: readonly string[]) => {
    const result = { summary: "s", applied: [], waiting };
    const results = { "verification-step": result };
    return record(() => new Verification("verification", args), { results });
  };

  it("is the verify step, told nothing that the step does not need", async () => {
    const { inputs } = find(await verified([]), "lockstep:index:Step verification-step");
    assert.deepEqual(inputs, { ...stepInputs, step: "verify" });
  });

  it("puts out what another stack may promote", async () => {
    const { result } = await verified([]);
    assert.deepEqual(await valueOf(result.promotion), {
      label: "1.1",
      releaseId: "1.1-aaaaaaaaaaaa",
      releaseDigest: release.digest,
      treeDigest: digestOf("e"),
      migrationsDigest: migrations.digest,
      target: "05",
      contractThrough: "07_drop_x",
    });
  });

  it("promotes contract files only up to the first that waits", async () => {
    const some = await verified(["07_drop_x"]);
    assert.equal((await valueOf(some.result.promotion)).contractThrough, "05_remove_phone");
    const all = await verified(["05_remove_phone", "07_drop_x"]);
    assert.equal((await valueOf(all.result.promotion)).contractThrough, null);
    assert.deepEqual(await valueOf(all.result.waiting), ["05_remove_phone", "07_drop_x"]);
  });
});
