// What the load generator remembers.

import assert from "node:assert/strict";
import { importExample } from "../importExample.ts";

interface Value {
  id: number;
  email: string;
  phone: string | null;
}
interface Journal {
  take(): Value | undefined;
  giveBack(value: Value): void;
  acknowledge(operation: string, expected: Value, seen: unknown): void;
  doubt(write: { operation: string; old: Value | null; new: object }): void;
  values(): Value[];
  uncertain: unknown[];
  mismatches: unknown[];
}
interface JournalModule {
  Journal: new () => Journal;
}

const first: Value = { id: 1, email: "a@example.test", phone: "1" };

describe("example load journal", () => {
  let journal: Journal;
  beforeEach(async () => {
    const { Journal } = await importExample<JournalModule>("load/journal.mjs");
    journal = new Journal();
  });

  it("hands a customer to one operation at a time", () => {
    journal.acknowledge("create", first, first);
    assert.deepEqual(journal.take(), first);
    assert.equal(journal.take(), undefined);
    journal.giveBack(first);
    assert.deepEqual(journal.take(), first);
  });

  it("hands out every customer once, whichever it picks first", () => {
    for (const id of [1, 2, 3, 4])
      journal.acknowledge("create", { ...first, id }, { ...first, id });
    const taken = [1, 2, 3, 4].map(() => journal.take()?.id);
    assert.deepEqual(taken.sort(), [1, 2, 3, 4]);
    assert.equal(journal.take(), undefined);
  });

  it("keeps the value acknowledged last", () => {
    journal.acknowledge("create", first, first);
    const changed = { ...journal.take()!, phone: "2" };
    journal.acknowledge("update", changed, changed);
    assert.deepEqual(journal.values(), [changed]);
  });

  it("keeps both values of a write in doubt, and leaves its customer alone", () => {
    journal.acknowledge("create", first, first);
    const write = { operation: "update", old: journal.take()!, new: { ...first, phone: "2" } };
    journal.doubt(write);
    assert.deepEqual(journal.uncertain, [write]);
    assert.deepEqual(journal.values(), []);
    assert.equal(journal.take(), undefined);
  });

  it("notes an answer that shows another value", () => {
    const seen = { ...first, phone: "old" };
    journal.acknowledge("update", first, seen);
    assert.deepEqual(journal.mismatches, [{ operation: "update", expected: first, seen }]);
  });
});
