// Every rule has its cases and its page.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { LINT_RULES } from "../../../../../engine/lint/rules/index.ts";
import { rulesPage } from "../../../../../engine/lint/rulesPage.ts";

const SHARED: Readonly<Record<string, string>> = {
  "bad-ignore": "../ignores.test.ts",
  "unused-ignore": "../ignores.test.ts",
  "no-way-back": "../lintMigrations.test.ts",
};

/** The test that says what a rule finds; the runner's refusals are tested where they are decided. */
function testOf(id: string): URL {
  const file =
    SHARED[id] ?? `./${id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}.test.ts`;
  return new URL(file, import.meta.url);
}

describe("every rule", () => {
  for (const { id, fixed } of LINT_RULES) {
    if (fixed && id !== "bad-ignore") continue;
    it(`${id} has a positive and a negative case`, async () => {
      const text = await readFile(testOf(id), "utf8");
      assert.ok(text.includes(id));
      if (SHARED[id] !== undefined) return;
      assert.match(text, /finds: \[\s*\[/);
      assert.match(text, /passes: \[\s*["'`[A-Z]/);
    });
  }

  it("is on the page of rules, which says just what the rules say", async () => {
    const page = await readFile(new URL("../../../../../docs/rules.md", import.meta.url), "utf8");
    assert.equal(page, rulesPage(LINT_RULES), "node --import tsx docs/rules.mjs");
  });

  it("is named wherever the runner refuses a file", async () => {
    const ids = new Set(LINT_RULES.filter(({ fixed }) => fixed).map(({ id }) => id));
    const sources = ["fileProblems.ts", "enumValues.ts", "stage.ts", "otherFiles.ts"];
    for (const source of sources) {
      const url = new URL(`../../../../../engine/lint/${source}`, import.meta.url);
      for (const [, id = ""] of (await readFile(url, "utf8")).matchAll(/rule: "([\w-]+)"/g))
        assert.ok(ids.has(id), `${id} of ${source} has no text in rules/problems.ts`);
    }
  });
});
