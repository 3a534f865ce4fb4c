// Before a scratch cluster is made it is asked whether it fits.
import assert from "node:assert/strict";
import { ensureRoom } from "../../../../engine/rehearse/server.ts";
import { failureOf } from "../../../support/failureOf.ts";

describe("ensureRoom", () => {
  it("refuses a full disk, with what is free, what is needed and another way", async () => {
    const error = await failureOf(ensureRoom("/scratch", () => Promise.resolve(5 * 1024 * 1024)));
    assert.equal(error.code, "CONFIG");
    assert.equal(error.where, "/scratch");
    assert.equal(error.seen, "5.0 MiB free, 200.0 MiB needed");
    assert.match(error.next ?? "", /LOCKSTEP_HOME[^]*LOCKSTEP_REHEARSAL_URL/);
  });

  it("takes one with enough room", async () => {
    await ensureRoom("/scratch", () => Promise.resolve(1024 ** 3));
  });
});
