// What maintenance mode is, in words.
import type { MaintenanceRow } from "../engine/maintenance/row.ts";
import { formatTime } from "./terminal.ts";

/** `on since … by Ada until …: the disk is replaced`. A release's end moves on while it lives, so it is told as such. */
export function describeMaintenance({ heldBy, who, reason, since, until }: MaintenanceRow): string {
  const end =
    until === null
      ? "until it is switched off"
      : heldBy === "release"
        ? "during its step"
        : `until ${formatTime(until)} at most`;
  return `on since ${formatTime(since)} by ${who}, ${end}: ${reason}`;
}

/** The same for `--json`. */
export function maintenanceDocument(rows: readonly MaintenanceRow[]) {
  return {
    on: rows.length > 0,
    switches: rows.map(({ since, until, ...row }) => ({
      ...row,
      since: since.toISOString(),
      until: until?.toISOString() ?? null,
    })),
  };
}
