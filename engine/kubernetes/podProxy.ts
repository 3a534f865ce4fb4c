// GETs to a port of a pod through the API server's proxy: no port of the app needs to be open to us.
import https from "node:https";
import { getWith, type GetAccess, type GetOptions, type HttpResult } from "../health/httpGet.ts";
import type { Cluster } from "./client.ts";
import { apiError, ApiFailure } from "./clusterError.ts";
import { podsPath } from "./pods.ts";

/** Connections to the API server at the same time: the gate's own probes that hang (32 at most) must leave some. */
const MAX_SOCKETS = 64;
/** A login program's token may change: it is asked again after this time, ms. */
const LOGIN_MS = 60_000;

/** What the API server says of a pod's own refusal (Go's words): there is no working app at that port. */
const DOWN = /connection refused|connection reset|\bEOF\b|malformed HTTP/i;

/** One pod's port. */
export interface PodPort {
  readonly pod: string;
  readonly port: number;
}

/**
 * Asks pods of one cluster. Connections are kept: they lead to the API server, which connects to the
 * pod anew, and a broken one is told apart from a broken app.
 */
export class PodProxy {
  readonly #cluster: Cluster;
  readonly #agent = new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  #login: { readonly at: number; readonly options: Promise<GetAccess> } | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /**
   * GETs a path of a pod's port.
   * @returns `down` only where the API server reached the pod and the app did not answer it
   * @throws LockstepError CLUSTER where the API server does not let us
   */
  async get({ pod, port }: PodPort, path: string, options: GetOptions): Promise<HttpResult> {
    const cluster = this.#cluster;
    const url = `${cluster.server}${podsPath(cluster)}/${pod}:${String(port)}/proxy${path}`;
    const result = await getWith(url, options, await this.#options());
    if (!result.ok) return { ...result, down: result.timedOut === true };
    const message = apiMessage(result);
    if (message === undefined) return result;
    if (result.status === 401 || result.status === 403) {
      const failure = new ApiFailure({ code: result.status, message });
      throw apiError(failure, { cluster: cluster.display, doing: `ask pod ${pod}` });
    }
    return { ok: false, down: DOWN.test(message), detail: message };
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
  }

  #options(): Promise<GetAccess> {
    const now = performance.now();
    if (!this.#login || now - this.#login.at > LOGIN_MS) {
      this.#login = { at: now, options: this.#logIn() };
    }
    return this.#login.options;
  }

  async #logIn(): Promise<GetAccess> {
    const options: GetAccess = {};
    const { config } = this.#cluster;
    await config.applyToHTTPSOptions(options);
    const cluster = config.getCurrentCluster();
    const isPlain = cluster?.server.startsWith("http:") ?? false;
    // A proxy in between has an agent of its own.
    if (!isPlain && cluster?.proxyUrl === undefined) options.agent = this.#agent;
    return options;
  }
}

/** The message of the API server's own answer (a meta/v1 Status); undefined for the pod's. */
function apiMessage(result: HttpResult & { ok: true }): string | undefined {
  if (result.status < 400 || !result.body.includes('"Status"')) return undefined;
  try {
    const body: unknown = JSON.parse(result.body);
    if (typeof body !== "object" || body === null || !("kind" in body)) return undefined;
    const isStatus = body.kind === "Status" && "apiVersion" in body && body.apiVersion === "v1";
    return isStatus && "message" in body ? String(body.message) : undefined;
  } catch {
    return undefined;
  }
}
