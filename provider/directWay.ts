// A plain connection to a ledger's host, where it may be that there is no way to it from here.
import type { Socket } from "node:net";
import { dialDirectly, isNoWay } from "../engine/drivers/postgres/directDial.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";

/** Hosts that were not reached: a firewall that drops packets costs each look its time limit once only. */
const noWayTo = new Map<string, unknown>();

/** A plain connection; a host that was not reached once is not tried again by this plugin, which lives for one update. */
export async function dialOnce(target: DatabaseTarget): Promise<Socket> {
  const known = noWayTo.get(target.display);
  if (known !== undefined) throw known as Error;
  try {
    return await dialDirectly(target);
  } catch (error) {
    if (isNoWay(error)) noWayTo.set(target.display, error);
    throw error;
  }
}
