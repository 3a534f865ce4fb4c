// Drift in lines for people.
import type { Drift } from "../engine/schema/drift.ts";
import { formatTime } from "./terminal.ts";

/** A line that says how it stands, and one for each object that differs. */
export function driftLines(drift: Drift): readonly string[] {
  switch (drift.state) {
    case "unknown":
      return [`drift     not known: ${drift.why}`];
    case "none":
      return [`drift     none since ${formatTime(drift.recordedAt)}`];
    case "drift":
      return [
        `drift     changed since ${formatTime(drift.recordedAt)}, not by lockstep:`,
        ...drift.lines.map((line) => `  ${line}`),
      ];
  }
}
