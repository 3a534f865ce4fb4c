import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { writeRewrite } from "../../../../engine/rewrite/writeRewrite.ts";
import { readFolder } from "../../../../engine/sources/readFolder.ts";
import { useTempDir } from "../../../support/tempDir.ts";

const step = (number: string, name: string) => ({
  ...{ number, name, id: `${number}_${name}`, stage: "expand" as const, up: "up", down: "down" },
  files: ["up", "down"].map((role) => ({ fileName: `${number}_${name}_${role}.sql`, text: role })),
});

describe("writeRewrite", () => {
  const dir = useTempDir("write");
  const content = async () => {
    const names = (await readdir(dir.path)).toSorted();
    return Promise.all(
      names.map(async (name) => `${name}: ${await readFile(join(dir.path, name), "utf8")}`),
    );
  };
  const original = async () => {
    await writeFile(join(dir.path, "01_old_name_up.sql"), "select 1;");
    await writeFile(join(dir.path, "01_old_name_down.sql"), "-- none");
    const [migration] = await analyzeMigrations((await readFolder({ dir: dir.path })).files);
    return migration!;
  };

  it("puts the new files in the place of the old ones, also under the same name", async () => {
    await writeRewrite(await original(), [step("01", "old_name"), step("02", "new_name")]);
    assert.deepEqual(await content(), [
      "01_old_name_down.sql: down",
      "01_old_name_up.sql: up",
      "02_new_name_down.sql: down",
      "02_new_name_up.sql: up",
    ]);
  });

  it("leaves all as it was where one is there already", async () => {
    const migration = await original();
    await writeFile(join(dir.path, "02_new_name_down.sql"), "somebody's");
    const before = await content();
    await assert.rejects(
      writeRewrite(migration, [step("01", "old_name"), step("02", "new_name")]),
      {
        code: "MIGRATION_FILES",
        message: /the folder is as it was/,
        seen: "02_new_name_down.sql is there already",
      },
    );
    assert.deepEqual(await content(), before);
  });

  it("leaves all as it was where one cannot be written", async () => {
    const migration = await original();
    await mkdir(join(dir.path, "gone"));
    const before = (await readdir(dir.path)).toSorted();
    const nowhere = {
      ...step("02", "x"),
      files: [{ fileName: "no/such/folder_up.sql", text: "" }],
    };
    await assert.rejects(writeRewrite(migration, [step("01", "old_name"), nowhere]), {
      code: "MIGRATION_FILES",
    });
    assert.deepEqual((await readdir(dir.path)).toSorted(), before);
  });
});
