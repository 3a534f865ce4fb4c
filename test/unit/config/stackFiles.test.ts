// Tests that the stacks that come with the repository can be used as they are.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { parseConfig, type RawConfig } from "../../../config/parseConfig.ts";

/** The config of a committed stack as Pulumi would hand it over. */
async function readStack(stack: string): Promise<RawConfig> {
  const path = new URL(`../../../Pulumi.${stack}.yaml`, import.meta.url);
  const { config } = parse(await readFile(path, "utf8")) as { config: Record<string, unknown> };
  const values = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { stack, values: Object.fromEntries(values) as Record<string, string>, secretKeys: [] };
}

describe("the committed stacks", () => {
  for (const stack of ["dev", "staging"]) {
    it(`${stack} works as it is, and has a target for each of the example's releases`, async () => {
      const raw = await readStack(stack);
      const targets = ["1.0", "1.1", "1.2"].map(
        (release) =>
          parseConfig({ ...raw, values: { ...raw.values, "lockstep:release": release } }).target,
      );
      assert.deepEqual(targets, ["02", "05", "07"]);
      assert.equal(parseConfig(raw).environment, stack);
    });
  }

  it("cluster-dev runs the example's releases on a cluster", async () => {
    const config = parseConfig(await readStack("cluster-dev"));
    assert.equal(config.platform.kind, "kubernetes");
    assert.equal(config.environment, "dev");
    assert.equal(config.target, "02");
  });

  it("prod lacks nothing but its database's URL", async () => {
    const raw = await readStack("prod");
    const database = JSON.stringify({ url: "postgres://u:p@h/d?sslmode=verify-full" });
    const values = { ...raw.values, "lockstep:database": database };
    const config = parseConfig({ ...raw, values, secretKeys: ["lockstep:database"] });
    assert.equal(config.environment, "prod");
  });

  it("use ports of their own, so that they run side by side on one machine", async () => {
    const apps = await Promise.all(
      ["dev", "staging", "prod"].map(
        async (stack) => (await readStack(stack)).values["lockstep:app"],
      ),
    );
    const ports = apps.map((text) => (JSON.parse(text ?? "{}") as { port?: number }).port);
    assert.equal(new Set(ports).size, 3);
  });
});
