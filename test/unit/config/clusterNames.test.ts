import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { defaultName, defaultNamespace, dnsName } from "../../../config/clusterNames.ts";

describe("a cluster's names", () => {
  it("are DNS labels, whatever the project's and the stack's names are", () => {
    const cases = [
      ["My_Shop.eu", "my-shop-eu"],
      ["4 shops", "shops"],
      ["täglich", "t-glich"],
      ["…", "lockstep"],
      [`${"a".repeat(39)}-b`, "a".repeat(39)],
    ] as const;
    for (const [text, name] of cases) assert.equal(dnsName(text), name, text);
  });

  it("come from project and stack", () => {
    assert.equal(defaultNamespace({ project: "Shop", stack: "prod.eu" }), "shop-prod-eu");
    assert.equal(defaultName({ project: "Shop" }), "shop");
  });
});
