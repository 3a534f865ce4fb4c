// What a person sees of a run, on a terminal and elsewhere.
import assert from "node:assert/strict";
import { formatEvent, Terminal } from "../../../cli/terminal.ts";
import type { EventLevel } from "../../../engine/events.ts";

const at = "2026-11-21T09:00:00.123Z";
const event = (level: EventLevel, message: string) => ({ at, step: "migrate", level, message });

function output(isTTY: boolean, columns = 60) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

describe("formatEvent", () => {
  it("gives the time to the second, UTC, and names warnings and errors", () => {
    assert.equal(formatEvent(event("info", "done")), "2026-11-21T09:00:00Z done");
    assert.equal(formatEvent(event("warn", "slow")), "2026-11-21T09:00:00Z warning: slow");
    assert.equal(formatEvent(event("error", "failed")), "2026-11-21T09:00:00Z error: failed");
  });
});

describe("Terminal", () => {
  it("rewrites progress in place on a terminal, and takes it away before a line that stays", () => {
    const out = output(true);
    const terminal = new Terminal(out, { NO_COLOR: "1" });
    terminal.show(event("progress", "1 of 2"));
    terminal.show(event("progress", "2 of 2"));
    terminal.show(event("info", "done"));
    assert.deepEqual(out.written, [
      "\r\u001b[K2026-11-21T09:00:00Z 1 of 2",
      "\r\u001b[K2026-11-21T09:00:00Z 2 of 2",
      "\r\u001b[K",
      "2026-11-21T09:00:00Z done\n",
    ]);
  });

  it("cuts a live line to the terminal's width, so that it can be taken back", () => {
    const out = output(true, 30);
    new Terminal(out, {}).show(event("progress", "x".repeat(100)));
    const [line = ""] = out.written;
    assert.equal(line.replace("\r\u001b[K", "").length, 29);
    assert.ok(line.endsWith("…"));
  });

  it("elsewhere holds progress back that comes within the same second, or says the same", () => {
    const out = output(false);
    const terminal = new Terminal(out, {});
    terminal.show(event("progress", "1 of 900"));
    terminal.show({ ...event("progress", "1 of 900"), at: "2026-11-21T09:00:07.000Z" });
    terminal.show(event("progress", "2 of 900"));
    terminal.show(event("info", "done"));
    assert.deepEqual(out.written, [
      "2026-11-21T09:00:00Z 1 of 900\n",
      "2026-11-21T09:00:00Z done\n",
    ]);
  });

  it("is coloured on a terminal only, and not with NO_COLOR", () => {
    const shown = (isTTY: boolean, env: Record<string, string>) => {
      const out = output(isTTY);
      new Terminal(out, env).show(event("warn", "slow"));
      return out.written.join("");
    };
    assert.ok(shown(true, {}).includes("\u001b[33m"));
    assert.ok(!shown(true, { NO_COLOR: "1" }).includes("\u001b[3"));
    assert.ok(!shown(false, {}).includes("\u001b"));
  });
});
