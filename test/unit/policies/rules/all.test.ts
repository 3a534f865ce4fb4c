import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { describe, it } from "mocha";
import { RULES } from "../../../../policies/rules/all.ts";

const root = new URL("../../../../", import.meta.url);

describe("the policies", () => {
  it("are all those in the folder, under the names of their files", async () => {
    const files = await readdir(new URL("policies/rules/", root));
    const expected = files
      .filter((file) => file !== "all.ts")
      .map((file) =>
        file.replace(/\.ts$/, "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      );
    assert.deepEqual(RULES.map(({ name }) => name).sort(), expected.sort());
  });

  it("are told in docs/policies.md, each with where it holds", async () => {
    const page = await readFile(new URL("docs/policies.md", root), "utf8");
    for (const { name, environments } of RULES) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
      const where = environments.length === 3 ? "everywhere" : environments.join(", ");
      assert.ok(row?.endsWith(`| ${where} |`), `${name}: ${row ?? "no row"}`);
    }
  });
});
