// Whole sets of files: errors of several at once, companions, and results kept between runs.
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { fileOf } from "./analyzeSql.ts";

describe("analyzeMigrations", () => {
  it("reads up, down and verify", async () => {
    const [migration] = await analyzeMigrations([
      fileOf("SELECT 1; SELECT 2", {
        down: { path: "d.sql", sql: "DROP INDEX CONCURRENTLY i" },
        verify: { path: "v.sql", sql: "SELECT 3" },
      }),
    ]);
    assert.equal(migration?.statements.length, 2);
    assert.equal(migration.downStatements[0]?.nonTransactional, true);
    assert.equal(migration.verifyStatements[0]?.sql, "SELECT 3");
  });

  it("has no statements for a down file that only says why there is no way back", async () => {
    const down = { path: "d.sql", sql: "-- the rows are gone" };
    const [migration] = await analyzeMigrations([fileOf("SELECT 1", { down })]);
    assert.deepEqual(migration?.downStatements, []);
  });

  it("does nothing for no files", async () => {
    assert.deepEqual(await analyzeMigrations([]), []);
  });

  for (const [what, given] of [
    ["down file", { down: { path: "m/03_down.sql", sql: "SELEC 1" } }],
    ["verify file", { verify: { path: "m/03_down.sql", sql: "SELEC 1" } }],
  ] as const) {
    it(`refuses broken SQL in a ${what}`, async () => {
      await assert.rejects(analyzeMigrations([fileOf("SELECT 1", given)]), (error) => {
        assert.match(formatError(error), /at or near "SELEC"\n {2}where {2}m\/03_down\.sql:1:1/);
        return true;
      });
    });
  }

  it("shows the first faulty file in full and names the others", async () => {
    const files = [
      fileOf("SELECT 1", { number: "01" }),
      fileOf("SELEC 2", { number: "02" }),
      fileOf("-- lockstep: nonsense=1\nSELECT 3", { number: "03" }),
      fileOf("SELECT (", { number: "04" }),
    ];
    await assert.rejects(analyzeMigrations(files), (error) => {
      const text = formatError(error);
      assert.match(
        text,
        /^syntax error at or near "SELEC"\n.*02_touch_something_up\.sql:1:1\n.*1 \| SELEC 2\n/,
      );
      assert.match(text, /2 more at fault:/);
      assert.match(text, /03_touch_something_up\.sql:1:14 unknown directive "nonsense"/);
      assert.match(text, /04_touch_something_up\.sql:1:9 syntax error at end of input/);
      return true;
    });
  });

  it("keeps the errors of hundreds of files on one screen", async () => {
    const files = Array.from({ length: 300 }, (_, index) =>
      fileOf("SELEC", { number: `${index}` }),
    );
    await assert.rejects(analyzeMigrations(files), (error) => {
      const text = formatError(error);
      assert.ok(text.split("\n").length <= 24, text);
      assert.match(text, /299 more at fault/);
      return true;
    });
  });
});

describe("the cache of analyses", () => {
  let dir = "";
  let cacheDir = "";
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), "lockstep-cache-"));
    cacheDir = path.join(dir, "cache");
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const files = [
    fileOf("BEGIN; SELECT 'é😀'; ALTER TABLE t ADD a int, DROP b; COMMIT;", { number: "01" }),
    fileOf('-- lockstep: stage=contract reason="x"\nSELECT f()', {
      number: "02",
      verify: { path: "v.sql", sql: "SELECT 3" },
    }),
    fileOf("-- lockstep: backfill table=t key=id remaining=SELECT 0\nUPDATE t SET a = 1", {
      number: "03",
    }),
  ];

  async function cacheFile(): Promise<string> {
    const [name, ...others] = await readdir(cacheDir);
    assert.deepEqual(others, []);
    return path.join(cacheDir, name ?? "");
  }

  /** Writes another stage into the cache, so that a result tells where it came from. */
  async function mark(change: (text: string) => string): Promise<void> {
    const file = await cacheFile();
    await writeFile(file, change(await readFile(file, "utf8")));
  }

  it("gives the same as an analysis", async () => {
    const fresh = await analyzeMigrations(files);
    assert.deepEqual(await analyzeMigrations(files, { cacheDir }), fresh);
    assert.deepEqual(await analyzeMigrations(files, { cacheDir }), fresh);
  });

  it("is read by this user only", async () => {
    await analyzeMigrations(files, { cacheDir });
    assert.equal((await stat(cacheDir)).mode & 0o777, 0o700);
    assert.equal((await stat(await cacheFile())).mode & 0o777, 0o600);
  });

  it("isn't written again where nothing changed", async () => {
    await analyzeMigrations(files, { cacheDir });
    const before = await stat(await cacheFile());
    await analyzeMigrations(files, { cacheDir });
    assert.equal((await stat(await cacheFile())).ino, before.ino);
  });

  for (const [what, change] of [
    ["cut off", (text: string) => text.slice(0, text.length / 2)],
    ["empty", () => ""],
    ["altered", (text: string) => text.replace('"contract"', '"expand"')],
    ["of another shape", () => "[]\n{}"],
  ] as const) {
    it(`is ignored and replaced when it is ${what}`, async () => {
      const fresh = await analyzeMigrations(files, { cacheDir });
      const good = await readFile(await cacheFile(), "utf8");
      await mark(change);
      assert.deepEqual(await analyzeMigrations(files, { cacheDir }), fresh);
      assert.equal(await readFile(await cacheFile(), "utf8"), good);
    });
  }

  it("goes by content: a changed file, name or companion is read anew, the rest is not", async () => {
    await analyzeMigrations(files, { cacheDir });
    const [first, second, third] = files;
    assert.ok(first && second && third);
    const changed = [
      fileOf("DROP TABLE t", { number: "01" }),
      { ...second, verify: { path: "v.sql", sql: "SELECT 4" } },
      third,
    ];
    const [dropped, verified, kept] = await analyzeMigrations(changed, { cacheDir });
    assert.equal(dropped?.stage, "contract");
    assert.equal(verified?.verifyStatements[0]?.sql, "SELECT 4");
    assert.equal(kept?.backfill?.table, "t");
  });

  it("keeps readings apart that know of other new tables", async () => {
    const file = [fileOf("ALTER TABLE t ALTER a SET NOT NULL")];
    const stages = async (newRelations: string[]) =>
      (await analyzeMigrations(file, { cacheDir, newRelations })).map(({ stage }) => stage);
    assert.deepEqual(await stages([]), ["contract"]);
    assert.deepEqual(await stages(["t"]), ["expand"]);
    assert.deepEqual(await stages([]), ["contract"]);
  });

  it("is done without where it cannot be written", async () => {
    const taken = path.join(dir, "file");
    await writeFile(taken, "");
    const [migration] = await analyzeMigrations(files, { cacheDir: taken });
    assert.equal(migration?.number, "01");
  });
});
