// What the ledger's events say in a line.
import assert from "node:assert/strict";
import { describeEvent } from "../../../cli/eventText.ts";

describe("describeEvent", () => {
  it("says who gave back what soaked", () => {
    const data = { file: "05_remove_phone", objects: ["column public.customers.phone"], by: "Ada" };
    const event = {
      seq: 1n,
      at: new Date(0),
      release: null,
      kind: "undo",
      data,
      ageMs: 0,
    } as const;
    assert.equal(
      describeEvent(event),
      "05_remove_phone given back by Ada: column public.customers.phone",
    );
  });
});
