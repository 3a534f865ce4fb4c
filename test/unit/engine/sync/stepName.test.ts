// Names that are made from other names.
import assert from "node:assert/strict";
import { aboutName, suffixed } from "../../../../engine/sync/stepName.ts";

describe("aboutName", () => {
  for (const [name, about] of [
    ["public.customers.phone", "customers_phone"],
    ['"My Shop"."Order"', "my_shop_order"],
    ["public.f(integer, text)", "f"],
    ['public."名"', "schema"],
  ] as const) {
    it(`calls ${name} ${about}`, () => {
      assert.equal(aboutName(name), about);
    });
  }
});

describe("suffixed", () => {
  it("keeps quotes, and cuts what PostgreSQL would cut", () => {
    assert.equal(suffixed("phone", "_not_null"), "phone_not_null");
    assert.equal(suffixed('"a ""b"""', "_new"), '"a ""b""_new"');
    const long = suffixed("x".repeat(63), "_new");
    assert.equal(long, `${"x".repeat(59)}_new`);
    assert.equal(Buffer.byteLength(suffixed(`"${"ü".repeat(31)}"`, "_new").slice(1, -1)), 62);
  });
});
