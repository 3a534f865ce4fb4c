// Who blocks whom: chains, queues, several blockers, rings, and whoever is gone.
import assert from "node:assert/strict";
import type { Look } from "../../../../engine/watch/look.ts";
import { planWaitTrees, type WaitNode } from "../../../../engine/watch/waitTree.ts";
import { lookAt, seen, waiting } from "./seen.ts";

/** `1(2(3))`; an exclamation mark where the rest stands elsewhere. */
const draw = (nodes: readonly WaitNode[]): string =>
  nodes
    .map(({ pid, prepared, blocks, again }) => {
      const below = blocks.length > 0 ? `(${draw(blocks)})` : "";
      return `${pid ?? prepared?.gid ?? "?"}${below}${again ? "!" : ""}`;
    })
    .join(" ");
const treesOf = (look: Look) => draw(planWaitTrees(look));

describe("planWaitTrees", () => {
  it("has nothing to show where nobody waits", () => {
    assert.equal(treesOf(lookAt([seen(1), seen(2)])), "");
  });

  it("shows a queue as a chain, though each waits for all before it", () => {
    const look = lookAt([seen(1), waiting(2, [1]), waiting(3, [1, 2]), waiting(4, [1, 2, 3])]);
    assert.equal(treesOf(look), "1(2(3(4)))");
  });

  it("shows a waiter below each of several blockers, and what is below it once", () => {
    const look = lookAt([seen(1), seen(2), waiting(3, [1, 2]), waiting(4, [3])]);
    assert.equal(treesOf(look), "1(3(4)) 2(3!)");
  });

  it("has prepared transactions at roots, also one that has just ended", () => {
    const prepared = [{ gid: "g", user: "app", forS: 3 }];
    assert.equal(treesOf(lookAt([waiting(2, [], ["g"])], { prepared })), "g(2)");
    assert.equal(treesOf(lookAt([waiting(2, [], ["g"])])), "g(2)");
  });

  it("takes a ring apart at its first session", () => {
    assert.equal(treesOf(lookAt([waiting(1, [2]), waiting(2, [1])])), "1(2(1!))");
    assert.equal(treesOf(lookAt([waiting(1, [1])])), "1(1!)");
  });

  it("shows a blocker that is gone or hidden by its pid, and a waiter without any", () => {
    assert.equal(treesOf(lookAt([waiting(2, [9])])), "9(2)");
    assert.equal(treesOf(lookAt([waiting(2, [])])), "2");
  });

  it("begins with the tree that holds up the most", () => {
    const look = lookAt([seen(1), seen(2), waiting(3, [1]), waiting(4, [2]), waiting(5, [2])]);
    assert.equal(treesOf(look), "2(4 5) 1(3)");
  });

  it("stays small for a long queue", () => {
    const queue = Array.from({ length: 300 }, (_, at) => at + 2);
    const look = lookAt([
      seen(1),
      ...queue.map((pid) =>
        waiting(
          pid,
          Array.from({ length: pid - 1 }, (_, at) => at + 1),
        ),
      ),
    ]);
    assert.equal(treesOf(look).match(/\d+/g)?.length, 301);
  });
});
