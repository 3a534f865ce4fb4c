// `lockstep health status`: what the gates of past releases found.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { readLedger } from "../../engine/ledger/ledger.ts";
import { readEvents } from "../../engine/ledger/record.ts";
import type { CommandRun } from "../context.ts";
import { describeEvent, releaseLabel } from "../eventText.ts";
import { tableLines } from "../table.ts";
import { formatTime } from "../terminal.ts";

/** What `lockstep health status` takes. */
export interface HealthStatusOptions {
  readonly limit: number;
}

/** Reads the ledger's gate events, the newest first. */
export const runHealthStatus: CommandRun<HealthStatusOptions> = async ({ limit }, context) => {
  const target = parseTarget(context.env);
  const name = { applicationName: "lockstep:health" };
  const { events, releases } = await withConnection(target, name, async (client) => {
    const ledger = await readLedger(client);
    const kinds = ["gateCheck", "gate", "rollback"] as const;
    const found = ledger.exists ? await readEvents(client, { kinds, limit }) : [];
    return { events: found, releases: ledger.releases };
  });
  const rows = events.map((event) => [
    formatTime(event.at),
    event.kind === "gateCheck" ? "check" : event.kind,
    releaseLabel(releases, event.release),
    describeEvent(event),
  ]);
  return {
    json: { database: target.display, events },
    lines: rows.length > 0 ? tableLines(rows, "") : [`no gate has run at ${target.display} yet`],
  };
};
