import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseDocument } from "yaml";
import { clusterPlace } from "../../../cli/handApp.ts";

const fileOf = (text: string) => ({
  ...{ name: "Pulumi.prod.yaml", path: "/x/Pulumi.prod.yaml", text },
  document: parseDocument(text),
});
const bare = fileOf("config:\n  lockstep:platform: kubernetes\n");
const named = fileOf(
  "config:\n  lockstep:kubernetes:\n    name: web\n    namespace: { name: eu }\n",
);

describe("the app of a stack in a cluster", () => {
  it("has the names that its program gives it", () => {
    const place = clusterPlace({ options: { stack: "prod" }, file: bare, project: "My Shop" });
    assert.deepEqual(place, { namespace: "my-shop-prod", deployment: "my-shop" });
  });

  it("has those of its config, and an option counts before both", () => {
    const place = clusterPlace({ options: { stack: "prod" }, file: named, project: "shop" });
    assert.deepEqual(place, { namespace: "eu", deployment: "web" });
    const options = { stack: "prod", deployment: "other" };
    assert.equal(clusterPlace({ options, file: named, project: "shop" })?.deployment, "other");
  });

  it("is not guessed where there is no stack's file or no project", () => {
    const options = { stack: "prod" };
    assert.equal(clusterPlace({ options, file: undefined, project: "shop" }), undefined);
    assert.equal(clusterPlace({ options, file: bare, project: undefined }), undefined);
  });
});
