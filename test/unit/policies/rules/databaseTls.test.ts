import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { databaseTls } from "../../../../policies/rules/databaseTls.ts";
import { judge } from "../judge.ts";

const said = (url: unknown) =>
  judge(databaseTls, [{ type: "lockstep:index:Admission", props: { url } }])[0]!.join();

describe("policy database-tls", () => {
  it("passes what demands TLS", () => {
    for (const mode of ["require", "verify-ca", "verify-full"]) {
      assert.equal(said(`postgres://app:pw@db/shop?sslmode=${mode}`), "");
    }
  });

  it("refuses what goes on without, and shows no password", () => {
    for (const url of [
      "postgres://app:hunter2@db/shop",
      "postgres://app:hunter2@db/shop?sslmode=prefer",
    ]) {
      assert.match(said(url), /sslmode=verify-full/);
      assert.doesNotMatch(said(url), /hunter2/);
    }
    assert.match(said("no URL at all"), /no sslmode/);
  });

  it("speaks once: of the resource that uses the URL first", () => {
    const props = { url: "postgres://db/shop", step: "expand" };
    assert.deepEqual(judge(databaseTls, [{ type: "lockstep:index:Step", props }]), [[]]);
  });
});
