// Tests of the component for a release's end.
import assert from "node:assert/strict";
import { Verification, type PromotionRecord } from "../../../components/verification.ts";
import { digestOf, migrations, release, step, stepInputs } from "./given.ts";
import { find, record, valueOf } from "./record.ts";

function recordOf(promotion: PromotionRecord | string): PromotionRecord {
  return typeof promotion === "string" ? assert.fail("nothing is promoted") : promotion;
}

function textOf(promotion: PromotionRecord | string): string {
  return typeof promotion === "string" ? promotion : assert.fail("a record is promoted");
}

describe("Verification", () => {
  const args = {
    ...step,
    provenance: {
      releaseId: "1.1-aaaaaaaaaaaa",
      appDigest: digestOf("e"),
      command: ["node", "server.mjs"],
      lastFiles: { "05_remove_phone": "5".repeat(12) },
    },
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
      appDigest: digestOf("e"),
      command: ["node", "server.mjs"],
      migrationsDigest: migrations.digest,
      target: "05",
      contractThrough: "07",
      lastFiles: { "05_remove_phone": "5".repeat(12) },
    });
  });

  for (const [why, state] of [
    ["was not verified to its end", { verdict: "pending" }],
    [
      "was left out, and an earlier release was verified",
      { release: { ...release, digest: digestOf("9") } },
    ],
    ["was left out before it ever ran", { verdict: undefined, result: undefined }],
  ] as const) {
    it(`promotes nothing where the release ${why}`, async () => {
      const options = { states: { "verification-step": state } };
      const { result } = await record(() => new Verification("verification", args), options);
      assert.match(textOf(await valueOf(result.promotion)), /^nothing: .* did not verify/);
    });
  }

  it("promotes the contract files that the ledger says are applied, and no others", async () => {
    const some = await verified(["07_drop_x"], "05");
    assert.equal(recordOf(await valueOf(some.result.promotion)).contractThrough, "05");
    const none = await verified(["05_remove_phone", "07_drop_x"], null);
    assert.equal(recordOf(await valueOf(none.result.promotion)).contractThrough, null);
    assert.deepEqual(await valueOf(none.result.waiting), ["05_remove_phone", "07_drop_x"]);
  });
});
