// New migrations: number, names, templates, and names that are refused.
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { parseFileName } from "../../../../engine/sources/fileNames.ts";
import { readFolder } from "../../../../engine/sources/readFolder.ts";
import {
  listMigrationFiles,
  planNewMigration,
  writeNewMigration,
  type ExistingFile,
} from "../../../../engine/sources/scaffold.ts";

function existing(...fileNames: string[]): ExistingFile[] {
  return fileNames.flatMap((fileName) => {
    const parts = parseFileName(fileName);
    return parts ? [{ ...parts, fileName }] : [];
  });
}

describe("planNewMigration", () => {
  const now = new Date("2026-11-21T10:20:30Z");
  const numbers: readonly (readonly [string, string[], string])[] = [
    ["the first", [], "01_add_phone_up.sql"],
    ["the same width", ["009_x_up.sql", "009_x_down.sql"], "010_add_phone_up.sql"],
    ["one digit more where it must", ["99_x_up.sql"], "100_add_phone_up.sql"],
    ["the highest counts, not the last", ["10_x_up.sql", "2_y_up.sql"], "11_add_phone_up.sql"],
    ["the dotted form", ["03_x.up.sql"], "04_add_phone.up.sql"],
    ["a timestamp", ["20260131120000_x_up.sql"], "20261121102030_add_phone_up.sql"],
    [
      "a timestamp ahead of the clock",
      ["20991231235959_x_up.sql"],
      "20991231235960_add_phone_up.sql",
    ],
    ["a date", ["20260131_x_up.sql"], "20260132_add_phone_up.sql"],
  ];
  for (const [what, files, expected] of numbers) {
    it(`numbers: ${what}`, () => {
      const plan = planNewMigration(existing(...files), "add_phone", now);
      assert.equal(plan.files[0]?.fileName, expected);
      assert.equal(plan.files[1]?.fileName, expected.replace(/up\.sql$/, "down.sql"));
    });
  }

  it("tells in the template which stage the name claims", () => {
    const text = (name: string) => planNewMigration([], name).files[0]?.text ?? "";
    assert.match(text("add_phone"), /^-- Expand: /);
    assert.match(text("drop_phone"), /^-- Contract: /);
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ["update", /does not say what changes/],
    ["fix", /does not say what changes/],
    ["new_migration", /does not say what changes/],
    ["fix_2", /does not say what changes/],
    ["add_column", /does not say what changes/],
    ["AddContactPhone", /lockstep new add_contact_phone/],
    ["add contact-phone", /lockstep new add_contact_phone/],
    ["01_add_phone", /lockstep new add_phone/],
    ["añadir_teléfono", /lockstep new anadir_telefono/],
    ["../add_phone", /lockstep new add_phone/],
    ["Fix", /for example: lockstep new add_contact_phone/],
    ["", /not a name in snake_case/],
    [`add_${"x".repeat(60)}`, /too long: 64 characters/],
  ];
  for (const [name, expected] of refused) {
    it(`refuses the name "${name}"`, () => {
      assert.throws(
        () => planNewMigration([], name),
        (error) => expected.test(formatError(error)),
      );
    });
  }

  it("refuses a name that is taken", () => {
    assert.throws(
      () => planNewMigration(existing("01_add_phone_up.sql"), "add_phone"),
      /already: 01_add_phone_up\.sql/,
    );
  });
});

describe("writeNewMigration", () => {
  let dir = "";
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), "lockstep-scaffold-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("makes the folder and writes both files", async () => {
    const folder = path.join(dir, "migrations");
    const written = await writeNewMigration(folder, planNewMigration([], "add_phone"));
    assert.deepEqual(
      written.map((file) => path.relative(folder, file)),
      ["01_add_phone_up.sql", "01_add_phone_down.sql"],
    );
    assert.match(await readFile(written[1] ?? "", "utf8"), /Undoes 01_add_phone_up\.sql/);
  });

  it("leaves templates that count as empty until they are written", async () => {
    await writeNewMigration(dir, planNewMigration([], "add_phone"));
    await assert.rejects(readFolder({ dir }), /01_add_phone_up\.sql holds no SQL/);
    assert.equal(planNewMigration(await listMigrationFiles(dir), "add_fax").number, "02");
  });

  it("overwrites nothing, and then leaves nothing behind", async () => {
    const plan = planNewMigration([], "add_phone");
    await writeFile(path.join(dir, "01_add_phone_down.sql"), "-- mine");
    await assert.rejects(writeNewMigration(dir, plan), /EEXIST/);
    assert.deepEqual(await readdir(dir), ["01_add_phone_down.sql"]);
    assert.equal(await readFile(path.join(dir, "01_add_phone_down.sql"), "utf8"), "-- mine");
  });
});

describe("listMigrationFiles", () => {
  it("takes a folder that is not there for an empty one", async () => {
    assert.deepEqual(
      await listMigrationFiles(path.join(os.tmpdir(), "lockstep-no-such-folder")),
      [],
    );
  });
});
