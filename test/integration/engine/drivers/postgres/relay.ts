// A relay to a server, for tests of servers that come up late or know no TLS.
import { startTcpProxy } from "../../../../support/tcpProxy.ts";

/** PostgreSQL's SSLRequest: length 8, code 80877103. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Relays 127.0.0.1:`port` (0: any) to the server of `url`, and declines TLS. `close` cuts all. */
export async function startRelay(url: string, port = 0) {
  const { through, close } = await startTcpProxy(url, {
    port,
    onData: (data, { pass, answer }) => {
      if (data.equals(SSL_REQUEST)) answer("N");
      else pass(data);
    },
  });
  return { url: through(url), close };
}
