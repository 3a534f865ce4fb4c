// One bounded GET.
import { get as getPlain, type OutgoingHttpHeaders } from "node:http";
import { get as getTls, type RequestOptions } from "node:https";
import { isIP } from "node:net";

/** What a GET came to. It never throws: a failure is something that the gate judges. */
export type HttpResult =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly body: string;
    }
  | {
      readonly ok: false;
      /** The app refused, cut or never answered; false when the fault may as well be on our side. */
      readonly down: boolean;
      /** One plain line. */
      readonly detail: string;
      /** Nothing came within the time limit. */
      readonly timedOut?: true;
    };

/** Bounds of one GET. */
export interface GetOptions {
  /** For the whole of it, connecting and reading included, ms. */
  readonly timeoutMs: number;
  /** A longer body is cut off and the GET fails, bytes. */
  readonly maxBytes: number;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

/** The port that the gate asks through. */
export type HttpGet = (url: string, options: GetOptions) => Promise<HttpResult>;

/** Error codes that mean: there is no working app at that address. */
const DOWN = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/**
 * GETs `url`. Each on a new connection: a kept one may be dead on the server's side already (a false
 * alarm that global fetch gives, nodejs/undici#3492), lead to the process that was just replaced, or
 * pin every check to one instance behind a balancer.
 */
export const httpGet: HttpGet = (url, options) => getWith(url, options, { agent: false });

/** Connection, TLS and login of a GET. */
export type GetAccess = Omit<RequestOptions, "headers"> & {
  readonly headers?: OutgoingHttpHeaders;
};

/** As `httpGet`, with an access of its own. */
export function getWith(url: string, options: GetOptions, own: GetAccess): Promise<HttpResult> {
  return new Promise((resolve) => {
    const get = url.startsWith("https:") ? getTls : getPlain;
    const settle = (result: HttpResult) => {
      clearTimeout(timer);
      resolve(result);
    };
    // Said before the cut: afterwards it would look as if the app had cut the connection.
    const giveUp = (failure: HttpResult & { ok: false }) => {
      settle(failure);
      request.destroy();
    };
    const fail = (error: Error) => {
      settle({ ok: false, ...describeFailure(error) });
    };
    const headers = {
      ...own.headers,
      accept: options.accept ?? "*/*",
      "user-agent": "lockstep",
    };
    const signal = options.signal ? { signal: options.signal } : {};
    const request = get(url, { ...own, headers, ...signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > options.maxBytes) {
          const detail = `the answer is longer than ${options.maxBytes} bytes`;
          giveUp({ ok: false, down: false, detail });
        }
      });
      response.on("error", fail);
      response.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        settle({ ok: true, status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on("error", fail);
    // A resolver that hangs says nothing about the app.
    let hasAddress = isIP(request.host) !== 0;
    request.once("socket", (socket) => {
      if (socket.connecting) socket.once("lookup", () => (hasAddress = true));
      else hasAddress = true;
    });
    const timer = setTimeout(() => {
      const what = hasAddress ? "no answer" : "its name was not resolved";
      const detail = `${what} within ${options.timeoutMs / 1000} s`;
      giveUp({ ok: false, down: hasAddress, detail, timedOut: true });
    }, options.timeoutMs);
  });
}

function describeFailure(error: Error): { down: boolean; detail: string } {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ECONNREFUSED") return { down: true, detail: "connection refused" };
  if (code === "ECONNRESET")
    return { down: true, detail: "connection cut before the answer's end" };
  // HPE_*: something answers, but not HTTP.
  const down = DOWN.has(code) || code.startsWith("HPE_");
  return { down, detail: error.message || code || "unknown failure" };
}
