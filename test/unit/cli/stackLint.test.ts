// The levels of lint's rules in a stack's file.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRuleLevels } from "../../../cli/stackLint.ts";
import { isLockstepError } from "../../../engine/errors/lockstepError.ts";

describe("readRuleLevels", () => {
  let dir = "";
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "lockstep-lint-"));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  async function levels(text: string) {
    await writeFile(join(dir, "Pulumi.dev.yaml"), `config:\n  ${text}\n`);
    return readRuleLevels(dir, "dev");
  }

  it("reads levels, and none where there is no file or no key", async () => {
    assert.deepEqual(await readRuleLevels(dir, "dev"), {});
    assert.deepEqual(await levels("lockstep:release: 1.0"), {});
    assert.deepEqual(
      await levels("lockstep:lint: { rules: { json-column: error, wide-index: info } }"),
      {
        "json-column": "error",
        "wide-index": "info",
      },
    );
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ["lockstep:lint: { rules: { json-colum: error } }", /no lint rule json-colum/],
    ["lockstep:lint: { rules: { mixed-stages: off } }", /level of mixed-stages cannot be set/],
    ["lockstep:lint: { rules: { json-column: loud } }", /cannot be read/],
    ["lockstep:lint: { rules: [json-column] }", /cannot be read/],
    ["lockstep:lint: loud", /cannot be read/],
  ];
  for (const [text, words] of refused) {
    it(`refuses ${text}`, async () => {
      await assert.rejects(
        levels(text),
        (error) => isLockstepError(error) && error.code === "CONFIG" && words.test(error.message),
      );
    });
  }
});
