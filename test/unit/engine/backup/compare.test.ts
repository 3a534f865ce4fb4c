import assert from "node:assert/strict";
import { compareContents, describeDifferences } from "../../../../engine/backup/compare.ts";

const customers = { name: "public.customers", rows: 3, columns: ["id bigint", "name text"] };
const lease = { name: "lockstep.lease", rows: null, columns: ["token bigint"] };

describe("compareContents", () => {
  it("finds nothing where all agree, and does not ask for rows the backup left out", () => {
    const result = compareContents([customers, lease], [customers, { ...lease, rows: 0 }]);
    assert.deepEqual(describeDifferences(result), []);
    assert.equal(result.tables, 2);
    assert.equal(result.rowsInAll, 3);
  });

  it("finds rows that are missing or too many", () => {
    const result = compareContents([customers], [{ ...customers, rows: 2 }]);
    assert.deepEqual(describeDifferences(result), ["public.customers: 2 rows instead of 3"]);
  });

  it("finds other values in as many rows, and says where it only counted", () => {
    const checked = { ...customers, checksum: "12" };
    const result = compareContents([checked], [{ ...customers, checksum: "-7" }]);
    assert.deepEqual(describeDifferences(result), [
      "public.customers: as many rows, but not the same values",
    ]);
    assert.deepEqual(describeDifferences(compareContents([checked], [checked])), []);
    assert.equal(compareContents([checked], [checked]).countedOnly, 0);
    assert.equal(compareContents([checked], [customers]).countedOnly, 1);
  });

  it("finds tables that are missing or too many", () => {
    assert.deepEqual(compareContents([customers], [lease]).structure, [
      "public.customers: missing",
      "lockstep.lease: not in the backup",
    ]);
  });

  const columns = (list: string[]) =>
    compareContents([customers], [{ ...customers, columns: list }]).structure;

  it("finds columns that are missing, too many, of another type or in another order", () => {
    assert.deepEqual(columns(["id bigint"]), ["public.customers: lacks column name text"]);
    assert.deepEqual(columns(["id integer", "name text"]), [
      "public.customers: lacks column id bigint, has column id integer too much",
    ]);
    assert.deepEqual(columns(["name text", "id bigint"]), [
      "public.customers: its columns are in another order",
    ]);
  });
});
