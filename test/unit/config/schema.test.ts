// Tests that the page on the config and the config's form name the same keys.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { knownNames } from "../../../config/schema.ts";

/** Every key that holds a value, with its path. */
function leafKeys(path: readonly string[] = []): readonly string[] {
  const names = knownNames(path);
  if (names.length === 0) return [path.join(".")];
  return names.flatMap((name) => leafKeys([...path, name]));
}

describe("docs/config.md", () => {
  it("lists every key once, and no other", async () => {
    const page = await readFile(new URL("../../../docs/config.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, key]) => key ?? "");
    assert.deepEqual(listed.toSorted(), leafKeys().toSorted());
  });
});
