// A TCP relay to a server, for tests of servers that come up late or know no TLS.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** PostgreSQL's SSLRequest: length 8, code 80877103. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Relays 127.0.0.1:`port` (0: any) to the server of `url`, and declines TLS. `close` cuts all. */
export async function startRelay(url: string, port = 0) {
  const { hostname, port: serverPort } = new URL(url);
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(Number(serverPort || "5432"), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on("data", (data) => {
      if (data.equals(SSL_REQUEST)) client.write("N");
      else upstream.write(data);
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const relayed = new URL(url);
  relayed.hostname = "127.0.0.1";
  relayed.port = String(typeof address === "object" ? address?.port : port);
  return {
    url: relayed.href,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
