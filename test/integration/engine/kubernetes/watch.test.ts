// Watching a set: the list, its changes, and a new list after whatever ends the watch.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import type { ApiObject } from "../../../../engine/kubernetes/objects.ts";
import { watchSet } from "../../../../engine/kubernetes/watch.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useFakeApi } from "./fakeApi.ts";

const thing = (uid: string): ApiObject => ({ metadata: { name: uid, uid } });
const change = (type: string, uid: string) => `${JSON.stringify({ type, object: thing(uid) })}\n`;

describe("watchSet", () => {
  const api = useFakeApi();

  /** Answers lists with `lists` in turn and watches with `watch`; stops at the set `last`. */
  async function watchUntil(
    last: string,
    lists: readonly string[],
    watch: (response: ServerResponse, turn: number) => void,
  ): Promise<string[]> {
    const stop = new AbortController();
    let turn = 0;
    api.answer = ({ url = "" }, response) => {
      if (url.includes("watch=true")) {
        watch(response, turn);
        return;
      }
      const items = (lists[turn] ?? "").split("").map(thing);
      turn += 1;
      response.end(JSON.stringify({ metadata: { resourceVersion: "7" }, items }));
    };
    const seen: string[] = [];
    const selection = { path: "/things", doing: "watch", signal: stop.signal };
    await watchSet(api.open(), selection, (items) => {
      seen.push(items.map(({ metadata }) => metadata.uid).join(""));
      if (seen.at(-1) === last) stop.abort();
    });
    return seen;
  }

  it("gives the whole set after each change", async () => {
    const seen = await watchUntil("b", ["a"], (response) => {
      response.write(change("ADDED", "b") + change("MODIFIED", "a") + change("DELETED", "a"));
    });
    assert.deepEqual(seen, ["a", "ab", "ab", "b"]);
  });

  for (const [what, end] of [
    ["ends", (response: ServerResponse) => response.end()],
    ["is cut", (response: ServerResponse) => response.destroy()],
    ["is too old", (response: ServerResponse) => response.write(change("ERROR", "x"))],
  ] as const) {
    it(`lists anew where the watch ${what}: what went meanwhile is gone`, async () => {
      const seen = await watchUntil("c", ["ab", "c"], (response, turn) => {
        response.flushHeaders();
        if (turn === 1) end(response);
      });
      assert.deepEqual(seen, ["ab", "c"]);
    });
  }

  it("gives up where the API refuses", async () => {
    api.answer = (_, response) => response.writeHead(403).end('{"message":"no"}');
    const signal = new AbortController().signal;
    const watching = watchSet(api.open(), { path: "/x", doing: "watch", signal }, () => undefined);
    assert.equal((await failureOf(watching)).code, "CLUSTER");
  });
});
