// `lockstep relay`: a way for the plugin to a database that only the cluster reaches; runs in a short-lived pod.
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { runRelay } from "../../engine/relay/relay.ts";
import { watchInterrupts } from "../interrupt.ts";

/** The variables with the database's `host:port` and the port to listen on. */
const TO_VARIABLE = "LOCKSTEP_RELAY_TO";
const PORT_VARIABLE = "LOCKSTEP_RELAY_PORT";
/** The plugin connects for each entry of the ledger: a gate's checks may lie minutes apart, ms. */
const IDLE_MS = 15 * 60_000;

/**
 * Relays until nobody needs it any more.
 * @throws LockstepError USAGE where the environment names no address.
 */
export async function runRelayCommand(host: NodeJS.Process): Promise<number> {
  const target = parseAddress(host.env[TO_VARIABLE]);
  const listenPort = Number(host.env[PORT_VARIABLE] ?? "0");
  const watch = watchInterrupts({ cleanly: true, onExit: () => undefined });
  try {
    await runRelay({
      ...target,
      listenPort,
      idleMs: IDLE_MS,
      signal: watch.signal,
      // The plugin reads this line.
      onListening: (port) => host.stdout.write(`listening on port ${String(port)}\n`),
    });
    return EXIT_CODES.done;
  } finally {
    watch.stop();
  }
}

/** `host:port`; an IPv6 host stands in brackets. @throws LockstepError USAGE. */
export function parseAddress(text = ""): { readonly host: string; readonly port: number } {
  const found = /^(?:\[(?<six>[^\]]+)\]|(?<name>[^:[\]]+)):(?<port>\d+)$/.exec(text)?.groups;
  const host = found?.six ?? found?.name;
  const port = Number(found?.port);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw new LockstepError("USAGE", "There is no address to relay to", {
    where: TO_VARIABLE,
    seen: text === "" ? "not set" : text,
    likely: "this command is the plugin's own, and was called by hand",
    next: "pulumi up",
  });
}
