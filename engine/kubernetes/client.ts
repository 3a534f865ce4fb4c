// The cluster's API: requests as plain JSON with the kubeconfig's credentials, errors in plain words.
import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import type { KubeConfig } from "@kubernetes/client-node";
import { accessError, apiError, ApiFailure, type ApiStatus } from "./clusterError.ts";
import { loadKubeConfig, type ClusterInput } from "./kubeConfig.ts";

/** What a request may say beside its method and path. */
export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** @default "application/json" */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** What is done, for an error: `create the Job shop-expand`. */
  readonly doing: string;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The server may take this long to begin its answer, and for short requests to end it, ms. */
const ANSWER_WITHIN_MS = 30_000;
/** After this long without data a quiet connection is probed, ms: NATs forget them after minutes. */
const KEEP_ALIVE_MS = 30_000;

/**
 * One cluster as a kubeconfig's context reaches it. Paths are the API's own:
 * `/api/v1/namespaces/shop/pods`. All methods throw LockstepError CLUSTER; `apiStatus` tells from one
 * what the server answered.
 */
export class Cluster {
  readonly config: KubeConfig;
  readonly namespace: string;
  /** `https://10.0.0.1:6443 (context prod)`, for people. */
  readonly display: string;
  /** The API server's URL, without a slash at its end. */
  readonly server: string;

  constructor(config: KubeConfig, namespace: string) {
    this.config = config;
    this.namespace = namespace;
    this.server = (config.getCurrentCluster()?.server ?? "").replace(/\/+$/, "");
    this.display = `${this.server} (context ${config.getCurrentContext()})`;
  }

  /** Sends one request and parses its answer. */
  async request<T>(method: Method, path: string, options: RequestOptions): Promise<T> {
    const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
    const response = await this.#send(method, path, { ...options, signal });
    const body = await this.#told(text(response), options);
    return parseBody(body) as T;
  }

  /** Sends one request and hands over its answer as it comes, without a limit of time: logs, watches. It fails with ECONNRESET when it is cut or aborted. */
  async stream(
    method: Method,
    path: string,
    options: RequestOptions,
  ): Promise<http.IncomingMessage> {
    const begin = new AbortController();
    const timer = setTimeout(() => {
      begin.abort(new DOMException("no answer", "TimeoutError"));
    }, ANSWER_WITHIN_MS);
    const { signal: given } = options;
    const signal = given ? AbortSignal.any([given, begin.signal]) : begin.signal;
    try {
      return await this.#send(method, path, { ...options, signal });
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(
    method: Method,
    path: string,
    options: RequestOptions,
  ): Promise<http.IncomingMessage> {
    const response = await this.#told(this.#open(method, path, options), options);
    const code = response.statusCode ?? 0;
    if (code >= 200 && code < 300) return response;
    const status = statusOf(code, await this.#told(text(response), options));
    throw apiError(new ApiFailure(status), { cluster: this.display, doing: options.doing });
  }

  async #open(
    method: Method,
    path: string,
    options: RequestOptions,
  ): Promise<http.IncomingMessage> {
    const url = new URL(this.server + path);
    for (const [name, value] of Object.entries(options.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const request: https.RequestOptions = {
      method,
      headers: {
        accept: "application/json",
        "user-agent": "lockstep",
        ...(body === undefined
          ? {}
          : {
              "content-type": options.contentType ?? "application/json",
              "content-length": Buffer.byteLength(body),
            }),
      },
      ...(options.signal ? { signal: options.signal } : {}),
    };
    await this.config.applyToHTTPSOptions(request);
    const { request: open } = url.protocol === "http:" ? http : https;
    return new Promise((resolve, reject) => {
      open(url, request, resolve)
        .on("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS))
        .on("error", reject)
        .end(body);
    });
  }

  /** Waits for a part of an exchange; what breaks it is told as a user needs it. */
  async #told<T>(part: Promise<T>, { doing, signal }: RequestOptions): Promise<T> {
    try {
      return await part;
    } catch (error) {
      const reason: unknown = signal?.aborted ? signal.reason : error;
      throw accessError(reason, { cluster: this.display, doing });
    }
  }
}

/**
 * The cluster that `input` names.
 * @throws LockstepError CONFIG when no kubeconfig or context fits; nothing is asked of the cluster yet.
 */
export async function openCluster(
  input: ClusterInput,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Cluster> {
  const { config } = await loadKubeConfig(input, env);
  return new Cluster(config, input.namespace);
}

/** The server's answer in its own form, or what stands for it where a proxy answered. */
function statusOf(code: number, body: string): ApiStatus {
  const parsed = parseBody(body);
  if (typeof parsed === "object" && parsed !== null && "message" in parsed) {
    const status = parsed as Partial<ApiStatus>;
    return { ...status, code, message: String(status.message) };
  }
  return { code, message: body.slice(0, 500) || `HTTP ${code}` };
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
