// A TCP proxy on this machine: passes everything on, but for what its user does with a client's data.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A running proxy. */
export interface TcpProxy {
  readonly port: number;
  /** `url` with the proxy in the server's place. */
  readonly through: (url: string) => string;
  /** Takes no more connections and cuts those there are. */
  readonly close: () => void;
}

/** One client's connection, for whoever looks at its data. */
export interface ProxyConnection {
  /** Hands data on to the server. */
  readonly pass: (data: Buffer) => void;
  /** Answers in the server's place. */
  readonly answer: (data: string) => void;
  /** Hands data on as the last, and cuts the client off: the server reads all of it and then the end, as when a network drops the answer. */
  readonly cutAfter: (data: Buffer) => void;
}

/** How to run it. */
export interface ProxyOptions {
  /** @default a free one */
  readonly port?: number;
  /** Takes each piece that a client sends. @default passes it on */
  readonly onData?: (data: Buffer, connection: ProxyConnection) => void;
}

/** Starts one on 127.0.0.1 before the server of `url`. */
export async function startTcpProxy(url: string, options: ProxyOptions = {}): Promise<TcpProxy> {
  const onData = options.onData ?? passOn;
  const target = new URL(url);
  const port = Number(target.port || (target.protocol === "http:" ? "80" : "5432"));
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // Cut connections are what this is for; each side hears of it by its own socket.
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    client.on("close", () => upstream.end());
    upstream.on("close", () => client.end());
    const connection = connectionOf(client, upstream);
    client.on("data", (data: Buffer) => {
      onData(data, connection);
    });
    upstream.pipe(client);
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const own = (server.address() as AddressInfo).port;
  return {
    port: own,
    through: (other) => {
      const through = new URL(other);
      through.hostname = "127.0.0.1";
      through.port = String(own);
      return through.href;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function passOn(data: Buffer, { pass }: ProxyConnection): void {
  pass(data);
}

function connectionOf(client: Socket, upstream: Socket): ProxyConnection {
  return {
    pass: (data) => {
      upstream.write(data);
    },
    answer: (data) => {
      client.write(data);
    },
    cutAfter: (data) => {
      upstream.unpipe(client);
      upstream.end(data);
      upstream.resume();
      client.destroy();
    },
  };
}
