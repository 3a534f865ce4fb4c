// The address that a relay is given.
import assert from "node:assert/strict";
import { parseAddress } from "../../../../cli/commands/relay.ts";

describe("parseAddress", () => {
  it("reads names, IPv4 and IPv6 hosts", () => {
    assert.deepEqual(parseAddress("db.shop.svc:5432"), { host: "db.shop.svc", port: 5432 });
    assert.deepEqual(parseAddress("10.0.0.1:6543"), { host: "10.0.0.1", port: 6543 });
    assert.deepEqual(parseAddress("[::1]:5432"), { host: "::1", port: 5432 });
  });

  for (const text of [undefined, "", "db", "db:0", "db:99999", "::1:5432"]) {
    it(`refuses ${String(text)}`, () => {
      assert.throws(() => parseAddress(text), { code: "USAGE" });
    });
  }
});
