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
  };
  const verified = async (waiting: readonly string[], contractThrough: string | null = "07") => {
    const result = { summary: "s", applied: [], waiting, contractThrough };
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
      contractThrough: "07",
    });
  });

  it("promotes the contract files that the ledger says are applied, and no others", async () => {
    const some = await verified(["07_drop_x"], "05");
    assert.equal((await valueOf(some.result.promotion)).contractThrough, "05");
    const none = await verified(["05_remove_phone", "07_drop_x"], null);
    assert.equal((await valueOf(none.result.promotion)).contractThrough, null);
    assert.deepEqual(await valueOf(none.result.waiting), ["05_remove_phone", "07_drop_x"]);
  });
});
