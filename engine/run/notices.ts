// What a migration says by RAISE NOTICE or WARNING, passed on while it runs.
import type { Client } from "pg";
import type { Report } from "../events.ts";

/** Lines of one file that are passed on; a loop may say thousands. */
const MOST_LINES = 20;

/** Passes a connection's notices on. */
export interface NoticeRelay {
  /** Another text is sent: its lines are counted anew. */
  begin(): void;
  /** Says nothing more until `begin`: what comes now answers lockstep's own statements. */
  mute(): void;
}

/** Passes the notices of `client` on to `report`: warnings as `warn`, the rest as `info`. */
export function relayNotices(client: Client, report: Report): NoticeRelay {
  let left = 0;
  client.on("notice", ({ severity = "NOTICE", message = "" }) => {
    left -= 1;
    if (left < 0) return;
    report(severity === "WARNING" ? "warn" : "info", `${severity}: ${message}`);
    if (left === 0) report("info", `(further notices of this file are left out)`);
  });
  return {
    begin: () => {
      left = MOST_LINES;
    },
    mute: () => {
      left = 0;
    },
  };
}
