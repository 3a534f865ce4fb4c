// A TCP proxy before a server that cuts a connection right after it has passed a certain text on.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A running proxy. */
export interface CuttingProxy {
  /** The server's URL through the proxy. */
  readonly url: string;
  /** How many connections were cut so far. */
  readonly cuts: () => number;
}

/** When to cut. */
export interface Cut {
  /** Cuts the connection whose client sent this text, once the server has it. */
  readonly after: string;
  /** How many times in all. @default 1 */
  readonly times?: number;
}

/** Runs `body` with a proxy before the server of `url`; no answer to the cut text gets through. */
export async function withCuttingProxy<T>(
  url: string,
  cut: Cut,
  body: (proxy: CuttingProxy) => Promise<T>,
): Promise<T> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port || "5432"), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // Cutting a connection is what this is for; each side hears of it by its own socket.
      socket.on("error", () => undefined);
    }
    client.on("close", () => upstream.end());
    upstream.on("close", () => client.destroy());
    client.on("data", (data) => {
      const isCut = cuts < (cut.times ?? 1) && data.includes(cut.after);
      if (!isCut) {
        upstream.write(data);
        return;
      }
      cuts += 1;
      upstream.unpipe(client);
      // The server reads all of it and then the end, as when a network drops the answer.
      upstream.end(data);
      upstream.resume();
      client.destroy();
    });
    upstream.pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as AddressInfo).port);
  try {
    return await body({ url: through.href, cuts: () => cuts });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
