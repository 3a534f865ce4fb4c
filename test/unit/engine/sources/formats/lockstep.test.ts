// Folders of lockstep's own form on disk, good and bad.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { formatError } from "../../../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../../../engine/errors/lockstepError.ts";
import { readFolder } from "../../../../../engine/sources/readFolder.ts";

describe("a folder of lockstep's own form", () => {
  let dir = "";
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), "lockstep-sources-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await writeFile(path.join(dir, name), content);
    }
  }

  const read = async () => (await readFolder({ dir })).files;

  async function refusal(folder = dir): Promise<string> {
    try {
      await readFolder({ dir: folder });
    } catch (error) {
      assert.ok(isLockstepError(error), String(error));
      assert.equal(error.code, "MIGRATION_FILES");
      return formatError(error);
    }
    assert.fail("read without a fault");
  }

  const GOOD = { "01_a_up.sql": "SELECT 1;", "01_a_down.sql": "-- nothing to undo" };

  it("reads texts, paths and checksums in order", async () => {
    await put({
      ...GOOD,
      "02_b.up.sql": "SELECT 'é';",
      "02_b.down.sql": "SELECT 2;",
      "02_b.verify.sql": "SELECT 3;",
      "README.md": "not SQL",
      ".keep": "",
    });
    await mkdir(path.join(dir, "old.sql"));
    const [first, second, ...others] = await read();
    assert.deepEqual(others, []);
    assert.equal(first?.verify, undefined);
    assert.deepEqual(second, {
      number: "02",
      order: 2n,
      name: "b",
      path: path.join(dir, "02_b.up.sql"),
      sql: "SELECT 'é';",
      checksum: createHash("sha256").update("SELECT 'é';").digest("hex"),
      down: { path: path.join(dir, "02_b.down.sql"), sql: "SELECT 2;" },
      verify: { path: path.join(dir, "02_b.verify.sql"), sql: "SELECT 3;" },
    });
  });

  it("binds the checksum to the bytes, a byte order mark included", async () => {
    const sql = "\uFEFFSELECT 1;";
    await put({ ...GOOD, "01_a_up.sql": sql });
    const [file] = await read();
    assert.equal(file?.sql, "SELECT 1;");
    assert.equal(file.checksum, createHash("sha256").update(sql).digest("hex"));
  });

  it("has nothing to say of an empty folder", async () => {
    assert.deepEqual(await read(), []);
  });

  it("follows symbolic links, as mounted config maps have them", async () => {
    await put({ data: "SELECT 1;", "01_a_down.sql": "-- none" });
    await symlink(path.join(dir, "data"), path.join(dir, "01_a_up.sql"));
    assert.equal((await read())[0]?.sql, "SELECT 1;");
  });

  it("names a folder that is missing, and how to make it", async () => {
    const missing = path.join(dir, "migrations");
    const text = await refusal(missing);
    assert.match(text, /there is no migrations folder/);
    assert.ok(text.includes(missing));
    assert.match(text, /lockstep new /);
  });

  it("refuses a file in the folder's place", async () => {
    await put({ file: "" });
    assert.match(await refusal(path.join(dir, "file")), /cannot read the folder .*ENOTDIR/);
  });

  const faulty: readonly (readonly [string, Record<string, string | Uint8Array>, RegExp])[] = [
    ["an empty up file", { "01_a_up.sql": "" }, /01_a_up\.sql holds no SQL/],
    [
      "an up file of comments",
      { "01_a_up.sql": "-- x\n/* y /* z */ */ ;" },
      /01_a_up\.sql holds no SQL/,
    ],
    [
      "other bytes than UTF-8",
      { "01_a_up.sql": Uint8Array.of(0x2d, 0x2d, 0xfc) },
      /01_a_up\.sql is not UTF-8: byte 0xFC at offset 2/,
    ],
    [
      "bad bytes in a down file",
      { "01_a_down.sql": Uint8Array.of(0xff) },
      /01_a_down\.sql is not UTF-8/,
    ],
    [
      "a name of no known form",
      { "notes.sql": "SELECT 1" },
      /notes\.sql fits no accepted form; .*NN_name_up\.sql/,
    ],
  ];
  for (const [what, files, expected] of faulty) {
    it(`refuses ${what}`, async () => {
      await put({ ...GOOD, ...files });
      assert.match(await refusal(), expected);
    });
  }

  it("refuses links that lead nowhere or in a circle", async () => {
    await put({ "01_a_down.sql": "-- none", "02_b_down.sql": "-- none" });
    await symlink("01_a_up.sql", path.join(dir, "01_a_up.sql"));
    await symlink("gone", path.join(dir, "02_b_up.sql"));
    const text = await refusal();
    assert.match(text, /01_a_up\.sql is a symbolic link that leads back to itself/);
    assert.match(text, /02_b_up\.sql is a symbolic link to nothing/);
  });

  it("tells of all faults in one error", async () => {
    await put({ ...GOOD, "03_c_up.sql": "", "03_c_down.sql": "-- none", "x.sql": "" });
    const text = await refusal();
    assert.match(text, /^3 faults/);
    for (const part of ["x.sql", "02 is missing", "03_c_up.sql holds no SQL"]) {
      assert.ok(text.includes(part), part);
    }
  });

  it("keeps hundreds of faults on one screen", async () => {
    const files: Record<string, string> = {};
    for (let number = 1; number <= 200; number++) files[`${number}_x_up.sql`] = "";
    await put(files);
    const text = await refusal();
    assert.ok(text.split("\n").length <= 24, text);
    assert.match(text, /^400 faults/);
    assert.match(text, /and 390 more: 190 x missing down file, 200 x empty/);
  });
});
