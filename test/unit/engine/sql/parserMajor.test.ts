// The grammar that errors speak of is the one that is installed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PARSER_MAJOR } from "../../../../engine/sql/parserMajor.ts";
import { rootFolder } from "../../../../toolchain/paths.mjs";

describe("PARSER_MAJOR", () => {
  it("is the major version of libpg-query", () => {
    const { dependencies } = JSON.parse(readFileSync(join(rootFolder, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    assert.equal(dependencies["libpg-query"]?.split(".")[0], String(PARSER_MAJOR));
  });
});
