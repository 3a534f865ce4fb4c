// A TCP proxy that calls back at one message of its clients: just before the server gets it, or just after.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A moment in a run: message `at` (from 0, over all connections), before or after the server has it. */
export interface Moment {
  readonly at: number;
  readonly when: "before" | "after";
}

/** A running proxy. */
export interface KillingProxy {
  readonly url: string;
  /** Messages so far. */
  readonly count: () => number;
}

/** Runs `body` with a proxy before the server of `url` that calls `kill` at `moment`; from then on nothing gets through. */
export async function withKillingProxy<T>(
  url: string,
  { moment, kill }: { readonly moment: Moment | undefined; readonly kill: () => void },
  body: (proxy: KillingProxy) => Promise<T>,
): Promise<T> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let count = 0;
  let isOver = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port || "5432"), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
    }
    client.on("close", () => upstream.end());
    upstream.on("close", () => client.destroy());
    client.on("data", (data) => {
      if (isOver) return;
      // How many beats there are depends on the machine's load alone.
      if (data.includes("SET beat = beat + 1")) {
        upstream.write(data);
        return;
      }
      const isMoment = moment?.at === count;
      count += 1;
      isOver = isMoment;
      if (!isMoment || moment.when === "after") upstream.write(data);
      if (isMoment) kill();
    });
    upstream.pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as AddressInfo).port);
  try {
    return await body({ url: through.href, count: () => count });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
