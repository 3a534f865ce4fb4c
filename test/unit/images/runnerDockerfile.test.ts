// The Dockerfile of the runner and the image that tests on a cluster use hold the same.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "mocha";
import { rootFolder } from "../../../toolchain/paths.mjs";
import { runnerConfig } from "../../cluster/images/catalog.ts";
import { runnerFolder, runnerPackages, runnerPaths } from "../../cluster/images/contents.ts";
import { postgresMajor } from "../../cluster/images/postgresPrograms.ts";

/** The instructions of the last stage: [name, rest of the line], continued lines joined. */
async function finalStage(): Promise<[string, string][]> {
  const text = await readFile(join(rootFolder, "images/runner/Dockerfile"), "utf8");
  const lines = text
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter(Boolean);
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
  return stage.map((line) => {
    const [name = "", ...rest] = line.split(" ");
    return [name, rest.join(" ")];
  });
}

function valuesOf(stage: readonly [string, string][], instruction: string): string[] {
  return stage.filter(([name]) => name === instruction).map(([, value]) => value);
}

describe("images/runner/Dockerfile", () => {
  it("copies what the test image takes of the clone, and nothing else", async () => {
    const copied = valuesOf(await finalStage(), "COPY").flatMap((value) => {
      const [from, ...paths] = value.split(" ");
      assert.equal(from, "--from=build");
      const target = paths.pop()!;
      return paths.map((path) => {
        const relative = path.replace(/^\/src\//, "");
        const expected = target.endsWith("/") ? `${target}${relative}` : target;
        assert.equal(expected, `/${runnerFolder}/${relative}`);
        return relative;
      });
    });
    const packages = runnerPackages.map((name) => `node_modules/${name}`);
    assert.deepEqual(copied.sort(), [...runnerPaths, "dist/cli", ...packages].sort());
  });

  it("starts as the test image does, as a user that is not root", async () => {
    const stage = await finalStage();
    assert.deepEqual(valuesOf(stage, "USER"), [runnerConfig.User]);
    assert.doesNotMatch(runnerConfig.User, /^0\b/);
    assert.deepEqual(JSON.parse(valuesOf(stage, "ENTRYPOINT")[0]!), runnerConfig.Entrypoint);
    const env = valuesOf(stage, "ENV")
      .join(" ")
      .replaceAll("${POSTGRES_MAJOR}", `${postgresMajor}`);
    assert.deepEqual(env.split(/\s+/), runnerConfig.Env);
  });

  it("brings PostgreSQL of the version that the tests use, and pins its base", async () => {
    const stage = await finalStage();
    assert.deepEqual(valuesOf(stage, "ARG"), [`POSTGRES_MAJOR=${postgresMajor}`]);
    assert.match(valuesOf(stage, "FROM")[0]!, /^node:\d+\.\d+\.\d+-bookworm-slim$/);
  });
});
