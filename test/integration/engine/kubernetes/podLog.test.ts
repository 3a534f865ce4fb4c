// Following a log across cuts: each line once, whole, and in order.
import assert from "node:assert/strict";
import { followLog } from "../../../../engine/kubernetes/podLog.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useFakeApi } from "./fakeApi.ts";

/** A line as kubelet stamps it; lines of one `at` were written in the same nanosecond. */
const line = (at: string, text: string) => `2026-11-21T08:00:0${at}Z ${text}\n`;

describe("followLog", () => {
  const api = useFakeApi();

  /** Follows a log of which each connection is given one of `parts`; the container has ended before the last. */
  async function follow(...parts: readonly { readonly text: string; readonly cut?: boolean }[]) {
    const heard: string[] = [];
    const asked: (string | null)[] = [];
    let connections = 0;
    api.answer = ({ url }, response) => {
      asked.push(new URL(url ?? "", "http://x").searchParams.get("sinceTime"));
      const part = parts[connections]!;
      connections += 1;
      response.write(part.text, () => {
        if (part.cut) response.destroy();
        else response.end();
      });
    };
    await followLog(api.open(), {
      pod: "p",
      container: "lockstep",
      onLine: (text) => heard.push(text),
      signal: new AbortController().signal,
      hasEnded: () => connections >= parts.length - 1,
    });
    return { heard, asked };
  }

  it("reads on where it was cut, and skips what comes again", async () => {
    const { heard, asked } = await follow(
      { text: line("1.5", "a") + line("2.25", "b"), cut: true },
      { text: line("2.1", "early, of the same second as b") + line("2.25", "b") + line("3", "c") },
    );
    assert.deepEqual(heard, ["a", "b", "c"]);
    assert.deepEqual(asked, [null, "2026-11-21T08:00:02Z"]);
  });

  it("tells lines of one moment apart by their number", async () => {
    const { heard } = await follow(
      { text: line("1", "a") + line("1", "b"), cut: true },
      { text: line("1", "a") + line("1", "b") + line("1", "c") + line("1.000000001", "d") },
    );
    assert.deepEqual(heard, ["a", "b", "c", "d"]);
  });

  it("takes half a line for none while there is more to come, and for the last word at the end", async () => {
    const { heard } = await follow(
      { text: line("1", "a") + "2026-11-21T08:00:02Z ha", cut: true },
      { text: "2026-11-21T08:00:02Z hal" },
      { text: "2026-11-21T08:00:02Z half" },
    );
    assert.deepEqual(heard, ["a", "half"]);
  });

  it("ends where the log is gone with its pod, and says where it may not be read", async () => {
    const status = { hasEnded: () => false, onLine: () => undefined, pod: "p", container: "c" };
    const source = { ...status, signal: new AbortController().signal };
    api.answer = (_, response) => response.writeHead(404).end('{"message":"not found"}');
    await followLog(api.open(), source);
    api.answer = (_, response) => response.writeHead(403).end('{"message":"no"}');
    assert.equal((await failureOf(followLog(api.open(), source))).code, "CLUSTER");
  });
});
