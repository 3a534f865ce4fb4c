// A proxy that calls back at one message of its clients: just before the server gets it, or just after.
import { startTcpProxy } from "../support/tcpProxy.ts";

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
  let count = 0;
  let isOver = false;
  const proxy = await startTcpProxy(url, {
    onData: (data, { pass }) => {
      if (isOver) return;
      // How many beats there are depends on the machine's load alone.
      if (data.includes("SET beat = beat + 1")) {
        pass(data);
        return;
      }
      const isMoment = moment?.at === count;
      count += 1;
      isOver = isMoment;
      if (!isMoment || moment.when === "after") pass(data);
      if (isMoment) kill();
    },
  });
  try {
    return await body({ url: proxy.through(url), count: () => count });
  } finally {
    proxy.close();
  }
}
