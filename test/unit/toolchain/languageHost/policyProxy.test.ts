import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb.js";
import { describe, it } from "mocha";
import { environmentOf, readPort } from "../../../../toolchain/languageHost/policyProxy.mjs";

describe("languageHost: policy packs", () => {
  it("start with the stack's facts in the environment", () => {
    const request = new AnalyzerStackConfigureRequest()
      .setOrganization("organization")
      .setProject("shop")
      .setStack("prod")
      .setDryRun(true)
      .setConfigSecretKeysList(["lockstep:database"]);
    request.getConfigMap().set("lockstep:environment", "prod");
    assert.deepEqual(environmentOf(request), {
      PULUMI_CONFIG: '{"lockstep:environment":"prod"}',
      PULUMI_CONFIG_SECRET_KEYS: '["lockstep:database"]',
      PULUMI_NODEJS_ORGANIZATION: "organization",
      PULUMI_NODEJS_PROJECT: "shop",
      PULUMI_NODEJS_STACK: "prod",
      PULUMI_NODEJS_DRY_RUN: "true",
    });
  });

  it("tell their port in the first line, in whatever pieces it comes", async () => {
    const stdout = new PassThrough();
    const port = readPort(stdout, () => undefined);
    stdout.write("43");
    stdout.write("21\n");
    assert.equal(await port, 4321);
  });

  it("fail where they end without one", async () => {
    const stdout = new PassThrough();
    const port = readPort(stdout, () => undefined);
    stdout.end();
    await assert.rejects(port, /ended before it was ready/);
  });
});
