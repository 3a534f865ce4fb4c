// A TCP relay from a port of this machine alone to a database, ending by itself: what `lockstep relay` runs in a pod.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Where to relay to, and for how long. */
export interface RelayOptions {
  readonly host: string;
  readonly port: number;
  /** Listens on this port of 127.0.0.1; 0 for any. */
  readonly listenPort: number;
  /** Ends after this long without a connection, ms. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  /** Called once it listens. */
  readonly onListening: (port: number) => void;
}

/**
 * Relays bytes until nobody has been connected for `idleMs`, or `signal` aborts. It never looks into them:
 * TLS and login are between the two ends. Only what shares this machine's (or pod's) network can connect.
 */
export async function runRelay(options: RelayOptions): Promise<void> {
  const { host, port, listenPort, idleMs, signal, onListening } = options;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    idle.refresh();
    const database = connect({ host, port, keepAlive: true });
    join(client, database, () => {
      for (const socket of [client, database]) open.delete(socket);
      idle.refresh();
    });
    open.add(client).add(database);
  });
  const idle = setTimeout(() => {
    if (open.size === 0) server.close();
    else idle.refresh();
  }, idleMs);
  const end = () => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  try {
    signal.throwIfAborted();
    server.listen(listenPort, "127.0.0.1");
    await once(server, "listening");
    signal.addEventListener("abort", end);
    onListening(portOf(server));
    await once(server, "close");
  } finally {
    clearTimeout(idle);
    signal.removeEventListener("abort", end);
  }
}

/** Both ways; when one end is gone, so is the other. */
function join(client: Socket, database: Socket, onEnd: () => void): void {
  client.pipe(database).pipe(client);
  const end = () => {
    client.destroy();
    database.destroy();
    onEnd();
  };
  for (const socket of [client, database]) socket.on("error", end).on("close", end);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
