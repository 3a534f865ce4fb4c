// What fits a terminal, and that nothing in it can steer the terminal.
import assert from "node:assert/strict";
import { fitLines } from "../../../cli/liveScreen.ts";

const texts = (lines: readonly string[], columns: number, rows: number) =>
  fitLines(
    lines.map((text) => ({ text })),
    { columns, rows },
  ).map(({ text }) => text);

describe("fitLines", () => {
  it("leaves what fits as it is, and a line free for the cursor", () => {
    assert.deepEqual(texts(["a", "b"], 80, 3), ["a", "b"]);
    assert.deepEqual(texts(["a", "b", "c"], 80, 3), ["a", "… 2 more lines"]);
    assert.deepEqual(texts(["a", "b"], 80, 1), ["… 2 more lines"]);
  });

  it("cuts by columns: wide characters take two", () => {
    assert.deepEqual(texts(["abcdef"], 5, 9), ["abc…"]);
    assert.deepEqual(texts(["日本語"], 6, 9), ["日本…"]);
  });

  it("shows control characters as dots", () => {
    assert.deepEqual(texts(["a\u001b[31mb\nc"], 80, 9), ["a·[31mb·c"]);
  });
});
