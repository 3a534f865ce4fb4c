// Numbers and pairs of a folder of migrations.
import assert from "node:assert/strict";
import { parseFileName } from "../../../../engine/sources/fileNames.ts";
import { groupFiles, type NamedFile } from "../../../../engine/sources/folderFaults.ts";

function named(...fileNames: string[]): NamedFile[] {
  return fileNames.map((fileName) => {
    const parts = parseFileName(fileName);
    assert.ok(parts, fileName);
    return { ...parts, fileName };
  });
}

/** Up and down files of `numbers`. */
function pairs(...numbers: string[]): NamedFile[] {
  return named(...numbers.flatMap((number) => [`${number}_x_up.sql`, `${number}_x_down.sql`]));
}

describe("groupFiles", () => {
  it("orders by the number's value, not by its spelling", () => {
    const { groups, faults } = groupFiles(pairs("10", "9", "8", "7", "6", "5", "4", "3", "2", "1"));
    assert.deepEqual(faults, []);
    assert.deepEqual(
      groups.map(({ up }) => up.number),
      "1 2 3 4 5 6 7 8 9 10".split(" "),
    );
  });

  it("groups up, down and verify", () => {
    const { groups } = groupFiles([...pairs("01"), ...named("01_x_verify.sql")]);
    assert.equal(groups[0]?.verify?.fileName, "01_x_verify.sql");
  });

  const fine: readonly (readonly [string, NamedFile[]])[] = [
    ["nothing at all", []],
    ["numbers from 0", pairs("00", "01", "02")],
    ["timestamps with gaps", pairs("20260131", "20260702")],
    ["a sequence followed by timestamps", pairs("01", "02", "20260702")],
    ["both forms of names", named("01_x.up.sql", "01_x_down.sql")],
  ];
  for (const [what, files] of fine) {
    it(`accepts ${what}`, () => {
      assert.deepEqual(groupFiles(files).faults, []);
    });
  }

  const faulty: readonly (readonly [string, NamedFile[], RegExp])[] = [
    ["a gap", pairs("01", "03"), /^03_x_up\.sql follows 01_x_up\.sql, so 02 is missing/],
    ["a late start", pairs("02", "03"), /^02_x_up\.sql is the first, but its number is not 0 or 1/],
    [
      "one number twice",
      [...pairs("01"), ...named("01_y_up.sql")],
      /^01_y_up\.sql has the same number as 01_x_up\.sql/,
    ],
    [
      "one number in two spellings",
      [...pairs("01"), ...named("1_y_up.sql")],
      /^1_y_up\.sql has the same number as 01_x_up\.sql/,
    ],
    [
      "two down files",
      [...pairs("01"), ...named("01_x.down.sql")],
      /^01_x\.down\.sql has the same number/,
    ],
    [
      "a missing down file",
      named("01_x.up.sql"),
      /^01_x\.up\.sql has no down file; add 01_x\.down\.sql/,
    ],
    [
      "a down file alone",
      named("01_x_down.sql"),
      /^01_x_down\.sql has no up file; add 01_x_up\.sql/,
    ],
    ["a verify file alone", named("01_x_verify.sql"), /^01_x_verify\.sql has no up file/],
    [
      "names that differ",
      named("01_x_up.sql", "01_y_down.sql"),
      /^01_y_down\.sql does not go with 01_x_up\.sql/,
    ],
  ];
  for (const [what, files, expected] of faulty) {
    it(`tells of ${what}, once`, () => {
      const { faults } = groupFiles(files);
      assert.equal(faults.length, 1);
      assert.match(`${faults[0]?.file} ${faults[0]?.text}`, expected);
    });
  }

  it("tells of all faults", () => {
    const { faults } = groupFiles([...pairs("01", "03"), ...named("04_x_up.sql", "05_x_down.sql")]);
    assert.deepEqual(
      faults.map(({ kind }) => kind),
      ["missing down file", "missing up file", "gap"],
    );
  });
});
