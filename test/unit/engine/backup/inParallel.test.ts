import assert from "node:assert/strict";
import { inParallel } from "../../../../engine/backup/inParallel.ts";

describe("inParallel", () => {
  it("keeps the order of results and never has more than four at work", async () => {
    let [atWork, most] = [0, 0];
    const items = Array.from({ length: 20 }, (_, i) => i);
    const results = await inParallel(items, async (item) => {
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setImmediate(resolve));
      atWork -= 1;
      return item * 2;
    });
    assert.deepEqual(
      results,
      items.map((item) => item * 2),
    );
    assert.equal(most, 4);
  });

  it("begins nothing after an error, and throws it when those at work are done", async () => {
    const begun: number[] = [];
    const work = async (item: number) => {
      begun.push(item);
      await new Promise((resolve) => setImmediate(resolve));
      if (item === 1) throw new Error("no");
    };
    await assert.rejects(inParallel([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], work), /no/);
    assert.ok(begun.length < 10);
  });
});
