// What the command loads before it does anything: that, not a clock, is what keeps its start fast.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useDatabase } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, writeMigrations } from "./lockstepCommand.ts";

/** Packages that take a while to load. */
const HEAVY = /node_modules\/(pg|zod|yaml|execa|libpg-query|esbuild|@pulumi)\//;

describe("lockstep's start", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");

  /** The packages whose code ran or was loaded, from the coverage that Node writes. */
  async function loadedPackages(...args: string[]): Promise<readonly string[]> {
    const env = { NODE_V8_COVERAGE: join(dir.path, "coverage") };
    const { exitCode, stderr } = await lockstep(args, { cwd: dir.path, url: database.url, env });
    assert.equal(exitCode, 0, stderr);
    const sources: string[] = [];
    for (const name of await readdir(env.NODE_V8_COVERAGE)) {
      const report = await readFile(join(env.NODE_V8_COVERAGE, name), "utf8");
      const { result } = JSON.parse(report) as { result: { url: string }[] };
      for (const { url } of result) sources.push(...(await sourcesOf(url)));
    }
    assert.ok(sources.some((source) => source.endsWith("cli/runCli.ts")));
    return [...new Set(sources.flatMap((source) => HEAVY.exec(source)?.[1] ?? []))].toSorted();
  }

  async function sourcesOf(url: string): Promise<readonly string[]> {
    if (!url.startsWith("file:")) return [];
    const path = fileURLToPath(url);
    const map = await readFile(`${path}.map`, "utf8").catch(() => undefined);
    return map === undefined ? [path] : (JSON.parse(map) as { sources: string[] }).sources;
  }

  it("--help loads no package but commander", async () => {
    assert.deepEqual(await loadedPackages("--help"), []);
    assert.deepEqual(await loadedPackages("migrate", "--help"), []);
  });

  it("status and watch load the driver and nothing else: no parser, no validation, no processes", async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
    assert.deepEqual(await loadedPackages("status"), ["pg"]);
    assert.deepEqual(await loadedPackages("watch", "--once"), ["pg"]);
  });

  it("plan loads the driver and the parser, and nothing that would run a rehearsal", async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
    assert.deepEqual(await loadedPackages("plan"), ["libpg-query", "pg"]);
  });
});
