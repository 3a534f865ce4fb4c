// `lockstep maintenance`: on, off and status of the switch that the app honours.
import type { Client } from "pg";
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES } from "../../engine/errors/lockstepError.ts";
import { ensureLedger } from "../../engine/ledger/schema.ts";
import { hasSwitch, readMaintenance, type MaintenanceRow } from "../../engine/maintenance/row.ts";
import { switchOff, switchOn } from "../../engine/maintenance/switch.ts";
import type { CommandContext, CommandRun } from "../context.ts";
import { describeMaintenance, maintenanceDocument } from "../maintenanceView.ts";
import { readUserName } from "../userName.ts";

/** What `lockstep maintenance on` takes. */
export interface MaintenanceOnOptions {
  readonly reason?: string;
  /** ms */
  readonly for?: number;
}

/** What `lockstep maintenance off` takes. */
export interface MaintenanceOffOptions {
  readonly force?: boolean;
}

/** Told where nobody gives a reason: the app's page shows it. */
const NO_REASON = "maintenance";
const OFF = "maintenance mode is off";

/** Switches a person's switch on; makes the ledger where there is none, and brings an older one up to date. */
export const runMaintenanceOn: CommandRun<MaintenanceOnOptions> = async (options, context) => {
  const { reason = NO_REASON, for: forMs } = options;
  const who = await readUserName(context.cwd);
  return connected(context, async (client) => {
    await ensureLedger(client);
    const request = { heldBy: "person", who, release: null, reason, forMs } as const;
    const { isChanged, row } = await switchOn(client, request);
    const again = isChanged ? "" : " already";
    return {
      json: { changed: isChanged, ...maintenanceDocument(await readMaintenance(client)) },
      lines: [`maintenance mode is${again} ${describeMaintenance(row)}`],
    };
  });
};

/** Switches off what a person switched on, and what a release has left; that of a release at work only by force. */
export const runMaintenanceOff: CommandRun<MaintenanceOffOptions> = async (options, context) => {
  const who = await readUserName(context.cwd);
  return connected(context, async (client) => {
    const before = await readMaintenance(client);
    if (await hasSwitch(client)) {
      await switchOff(client, { heldBy: "person", who });
      if (options.force === true || !(await isRunnerAtWork(client)))
        await switchOff(client, { heldBy: "release", who });
    }
    const left = await readMaintenance(client);
    return {
      json: { changed: left.length < before.length, ...maintenanceDocument(left) },
      lines: offLines(before, left),
      ...(left.length > 0 && { exitCode: EXIT_CODES.refused }),
    };
  });
};

function offLines(
  before: readonly MaintenanceRow[],
  left: readonly MaintenanceRow[],
): readonly string[] {
  if (before.length === 0) return [`${OFF} already`];
  if (left.length === 0) return [OFF];
  return [
    ...left.map((row) => `maintenance mode stays ${describeMaintenance(row)}`),
    "a runner holds the lease; its release switches it off behind its step. Sooner: --force",
  ];
}

/** Tells what is on; changes nothing. */
export const runMaintenanceStatus: CommandRun<object> = async (_options, context) =>
  connected(context, async (client) => {
    const rows = await readMaintenance(client);
    const lines = rows.map((row) => `maintenance mode is ${describeMaintenance(row)}`);
    return { json: maintenanceDocument(rows), lines: rows.length > 0 ? lines : [OFF] };
  });

async function connected<T>(
  { env }: CommandContext,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  return withConnection(parseTarget(env), { applicationName: "lockstep:maintenance" }, use);
}

async function isRunnerAtWork(client: Client): Promise<boolean> {
  const held = await client.query("SELECT FROM lockstep.lease WHERE held");
  return (held.rowCount ?? 0) > 0;
}
