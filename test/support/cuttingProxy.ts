// A proxy before a server that cuts a connection right after it has passed a certain text on.
import { startTcpProxy } from "./tcpProxy.ts";

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
  let cuts = 0;
  const proxy = await startTcpProxy(url, {
    onData: (data, { pass, cutAfter }) => {
      if (cuts >= (cut.times ?? 1) || !data.includes(cut.after)) {
        pass(data);
        return;
      }
      cuts += 1;
      cutAfter(data);
    },
  });
  try {
    return await body({ url: proxy.through(url), cuts: () => cuts });
  } finally {
    proxy.close();
  }
}
