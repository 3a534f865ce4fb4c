// Folders of other tools: recognised by their files, read in each tool's own order and by its own rules.
import assert from "node:assert/strict";
import type { FormatName } from "../../../../engine/sources/migration.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { idsOf, readTree, type Tree } from "./formats/readTree.ts";

const UP = "create table a (id int);\n";

describe("readFolder", () => {
  const dir = useTempDir("folder");
  const read = (tree: Tree, spec = {}) => readTree(dir.path, tree, spec);

  const recognized: readonly [FormatName, Tree, readonly string[]][] = [
    [
      "lockstep",
      { "01_a_up.sql": UP, "01_a_down.sql": "drop table a;", "R_b.sql": UP, "notes.txt": "" },
      ["01 a", "R b"],
    ],
    [
      "golang-migrate",
      {
        "10_b.c.up.sql": UP,
        "9_a.up.sql": UP,
        "9_a.down.sql": "drop table a;",
        "8_c.up.json": "{}",
      },
      ["8 c", "9 a", "10 b.c"],
    ],
    [
      "dbmate",
      {
        "10_b.sql": "-- migrate:up\nselect 1;\n-- migrate:down\n",
        "9_a.sql": "-- migrate:up\nselect 2;\n-- migrate:down\n",
        "helpers.sql": "",
      },
      ["10 b", "9 a"],
    ],
    [
      "goose",
      {
        "00010_b.sql": "-- +goose Up\n",
        "9_a.sql": "-- +goose up\n",
        "2_c.go": "package m",
        "c_test.go": "",
      },
      ["2 c", "9 a", "00010 b"],
    ],
    [
      "flyway",
      {
        "V1_10__b.sql": UP,
        "V1.9__a.sql": UP,
        "sub/V2__c.sql": UP,
        "R__view.sql": UP,
        "sub/V3__d.java": "",
        "U2__c.sql": "drop table a;",
      },
      ["1.9 a", "1.10 b", "2 c", "3 d", "R view"],
    ],
    [
      "prisma",
      {
        "20240101000000_b/migration.sql": UP,
        "0_init/migration.sql": "-- This is an empty migration.",
        "migration_lock.toml": 'provider = "postgresql"',
      },
      ["0 init", "20240101000000 b"],
    ],
    [
      "node-pg-migrate",
      {
        "1700000000000_b.sql": "-- Up Migration\nselect 1;\n-- Down Migration\n",
        "20200101000000000_a.sql": "-- Up Migration\nselect 1;",
        "1800000000000_c.js": "exports.up = (pgm) => {};",
      },
      // 17 digits are a date: 1577836800000 ms.
      ["20200101000000000 a", "1700000000000 b", "1800000000000 c"],
    ],
    [
      "diesel",
      {
        "2024-01-02-000000_b/up.sql": UP,
        "2024-01-01-000000_a/up.sql": UP,
        "2024-01-01-000000_a/down.sql": "drop table a;",
      },
      ["20240101000000 a", "20240102000000 b"],
    ],
  ];
  for (const [format, tree, ids] of recognized) {
    it(`recognises ${format} and keeps its order`, async () => {
      const found = await read(tree);
      assert.equal(found.format, format);
      assert.deepEqual(idsOf(found.files), ids);
    });
  }

  it("tells what speaks for which format where it may be several, and does as it is told", async () => {
    const tree = {
      "1_a.sql": "-- +goose Up\nselect 1;\n-- migrate:up\nselect 1;\n-- migrate:down\n",
    };
    const error = await failureOf(read(tree));
    assert.equal(error.code, "MIGRATION_FILES");
    assert.match(error.seen ?? "", /dbmate: 1_a.sql has[^]*goose: 1_a.sql has/);
    assert.match(error.next ?? "", /--format dbmate/);
    assert.equal((await read(tree, { format: "goose" })).format, "goose");
  });

  it("points to golang-migrate where its files break lockstep's own rules", async () => {
    const tree = { "1_a.up.sql": UP, "3_b.up.sql": UP };
    const error = await failureOf(read(tree));
    assert.match(error.next ?? "", /--format golang-migrate/);
    assert.deepEqual(idsOf((await read(tree, { format: "golang-migrate" })).files), ["1 a", "3 b"]);
  });

  const duplicates: readonly [FormatName, Tree][] = [
    ["golang-migrate", { "1_a.up.sql": UP, "01_b.up.sql": UP }],
    [
      "dbmate",
      { "1_a.sql": "-- migrate:up\n-- migrate:down", "1_b.sql": "-- migrate:up\n-- migrate:down" },
    ],
    ["goose", { "1_a.sql": "-- +goose Up", "01_b.sql": "-- +goose Up" }],
    ["flyway", { "V1__a.sql": UP, "V1.0__b.sql": UP }],
  ];
  for (const [format, tree] of duplicates) {
    it(`refuses two files of one version: ${format}`, async () => {
      const error = await failureOf(read(tree, { format }));
      assert.match(error.message, /has the same version as/);
    });
  }

  describe("dbmate", () => {
    it("keeps the places of the up section, and runs outside a transaction where told", async () => {
      const text =
        "-- head\n-- migrate:up transaction:false\nselect 1;\n\n-- migrate:down\nselect 2;\n";
      const { files } = await read({ "1_a.sql": text });
      const [file] = files;
      assert.equal(file?.sql.indexOf("select 1"), text.indexOf("select 1"));
      assert.doesNotMatch(file.sql, /select 2|head/);
      assert.match(file.down?.sql ?? "", /select 2/);
      assert.equal(file.foreign?.outsideTransaction, true);
    });

    it("binds the checksum to the up section alone", async () => {
      const text = "-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n";
      const before = (await read({ "1_a.sql": text })).files[0]?.checksum;
      const down = (await read({ "1_a.sql": text.replace("2", "3") })).files[0]?.checksum;
      const up = (await read({ "1_a.sql": text.replace("1", "3") })).files[0]?.checksum;
      assert.equal(down, before);
      assert.notEqual(up, before);
    });

    it("refuses statements before the up section, and a file without one", async () => {
      const before = await failureOf(
        read({ "1_a.sql": "select 1;\n-- migrate:up\n-- migrate:down" }),
      );
      assert.match(before.message, /statements before "-- migrate:up"/);
      const none = await failureOf(read({ "1_a.sql": "select 1;" }, { format: "dbmate" }));
      assert.match(none.message, /has no "-- migrate:up"/);
    });
  });

  describe("goose", () => {
    it("reads NO TRANSACTION, and leaves StatementBegin to the parser", async () => {
      const text =
        "-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\ndo $$ begin end $$;\n-- +goose StatementEnd\n-- +goose Down\nselect 1;";
      const [file] = (await read({ "1_a.sql": text })).files;
      assert.equal(file?.foreign?.outsideTransaction, true);
      assert.match(file.sql, /do \$\$ begin end \$\$;/);
      assert.match(file.down?.sql ?? "", /select 1/);
    });

    it("refuses values from the environment", async () => {
      const error = await failureOf(read({ "1_a.sql": "-- +goose ENVSUB ON\n-- +goose Up\n" }));
      assert.match(error.message, /placeholders/);
    });

    it("names a Go file as a step that is code", async () => {
      const { files } = await read({ "1_a.sql": "-- +goose Up\n", "2_b.go": "package m" });
      assert.equal(files[1]?.foreign?.code, "Go");
    });
  });

  describe("Flyway", () => {
    it("reads executeInTransaction and placeholderReplacement from the file's .conf", async () => {
      const { files } = await read({
        "V1__a.sql": "select '${x}';",
        "V1__a.sql.conf": "executeInTransaction=false\nplaceholderReplacement = false\n",
      });
      assert.equal(files[0]?.foreign?.outsideTransaction, true);
      assert.equal(files[0].sql, "select '${x}';");
    });

    it("takes undo files for the way back", async () => {
      const { files } = await read({ "V1__a.sql": UP, "U1__a.sql": "drop table a;" });
      assert.equal(files[0]?.down?.sql, "drop table a;");
    });

    for (const [name, said] of [
      ["afterMigrate.sql", /callback/],
      ["B5__all.sql", /baseline migration/],
    ] as const) {
      it(`refuses ${name}, which Flyway would run`, async () => {
        assert.match((await failureOf(read({ "V1__a.sql": UP, [name]: UP }))).message, said);
      });
    }

    it("always fills placeholders, and says where one is not declared", async () => {
      const tree = { "V1__a.sql": "select 1;\nselect '${name}';" };
      const error = await failureOf(read(tree));
      assert.match(error.message, /V1__a\.sql:2 has the placeholder \$\{name\}/);
      const { files } = await read(tree, { placeholders: { name: "x" } });
      assert.match(files[0]?.sql ?? "", /select 'x'/);
    });
  });

  it("refuses a Prisma folder for another database, and one without its file", async () => {
    const mysql = await failureOf(
      read({ "1_a/migration.sql": UP, "migration_lock.toml": 'provider = "mysql"' }),
    );
    assert.match(mysql.message, /for mysql/);
    const empty = await failureOf(
      read({ "2_b/README.md": "", "migration_lock.toml": 'provider = "postgresql"' }),
    );
    assert.match(empty.message, /has no migration.sql/);
  });

  it("reads diesel's metadata as diesel does: a file that does not say means false", async () => {
    const { files } = await read({
      "1_a/up.sql": UP,
      "2_b/up.sql": UP,
      "2_b/metadata.toml": "run_in_transaction = true",
      "3_c/up.sql": UP,
      "3_c/metadata.toml": "[other]",
    });
    const outside = files.map((file) => file.foreign?.outsideTransaction);
    assert.deepEqual(outside, [false, false, true]);
  });
});

describe("placeholders", () => {
  const dir = useTempDir("placeholders");
  const tree = (sql: string): Tree => ({ "01_a_up.sql": sql, "01_a_down.sql": "drop table ${t};" });

  it("are text where config declares none", async () => {
    const { files } = await readTree(dir.path, tree("select '${t}';"));
    assert.equal(files[0]?.sql, "select '${t}';");
    assert.equal(files[0].substituted, undefined);
  });

  it("are filled in up and down, with the checksum of the text before and a digest of the values", async () => {
    const before = (await readTree(dir.path, tree("create table ${t} ();"))).files[0];
    const read = async (t: string) =>
      (await readTree(dir.path, {}, { placeholders: { t, unused: "1" } })).files[0];
    const one = await read("one");
    const two = await read("two");
    assert.equal(one?.sql, "create table one ();");
    assert.equal(one.down?.sql, "drop table one;");
    assert.equal(one.checksum, before?.checksum);
    assert.match(one.substituted ?? "", /^[0-9a-f]{64}$/);
    assert.notEqual(one.substituted, two?.substituted);
  });

  it("stay as they are behind a backslash", async () => {
    const { files } = await readTree(dir.path, tree("select '\\${t}', '${t}';"), {
      placeholders: { t: "x" },
    });
    assert.equal(files[0]?.sql, "select '${t}', 'x';");
  });

  it("are an error with file and line where they are not declared", async () => {
    const error = await failureOf(
      readTree(dir.path, tree("select 1;\nselect '${other}';"), { placeholders: { t: "x" } }),
    );
    assert.match(error.message, /01_a_up\.sql:2 has the placeholder \$\{other\}[^]*declared: t/);
  });
});
