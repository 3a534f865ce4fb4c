// Sends one request, and tells apart what was never sent from what got no answer.

import { setMaxListeners } from "node:events";
import { Agent, request as startRequest } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** How long an answer may take, in ms: longer than any pause that a release may cause. */
const answerTimeoutMs = 15_000;

/** How soon a refused connection is tried again, in ms. */
const refusedPauseMs = 20;

/**
 * `answered`: the status and the JSON body. `away`: maintenance mode answered, so it has not been carried out.
 * `lost`: it may have been or not. `unsent`: the run ended while every connection was refused, so it has not been.
 *
 * @typedef {{ outcome: "answered", status: number, body: any } | { outcome: "away" | "lost" | "unsent" }} Result
 */

/** @typedef {{ method: string, path: string, body?: unknown }} Call */

/** Talks to one server over connections that it keeps. */
export class Client {
  #base;
  #signal;
  #agent = new Agent({ keepAlive: true });
  /** @type {Record<string, number>} by code, each refused try counted */
  connectionErrors = {};

  /**
   * @param {URL} base
   * @param {AbortSignal} signal ends the waiting for a server that refuses connections
   */
  constructor(base, signal) {
    this.#base = base;
    this.#signal = signal;
    // Each request that waits for a server listens to it.
    setMaxListeners(0, signal);
  }

  /**
   * @param {Call} call
   * @returns {Promise<Result>}
   */
  async send(call) {
    for (;;) {
      try {
        const { isAway, ...answer } = await this.#trySend(call);
        return isAway ? { outcome: "away" } : { outcome: "answered", ...answer };
      } catch (error) {
        const code = codeOf(error);
        this.connectionErrors[code] = (this.connectionErrors[code] ?? 0) + 1;
        if (code !== "ECONNREFUSED") return { outcome: "lost" };
      }
      // Nobody listened, so nothing was sent: safe to send again.
      if (this.#signal.aborted) return { outcome: "unsent" };
      await delay(refusedPauseMs, undefined, { signal: this.#signal }).catch(() => undefined);
    }
  }

  /** Closes the connections that are kept. */
  close() {
    this.#agent.destroy();
  }

  /**
   * @param {Call} call
   * @returns {Promise<{ status: number, body: any, isAway: boolean }>}
   */
  #trySend({ method, path, body }) {
    return new Promise((resolve, reject) => {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const request = startRequest(new URL(path, this.#base), {
        method,
        agent: this.#agent,
        signal: AbortSignal.timeout(answerTimeoutMs),
        headers: content === undefined ? {} : { "content-type": "application/json" },
      });
      request.on("error", reject);
      request.on("response", (response) => {
        const status = response.statusCode ?? 0;
        const isAway = status === 503 && response.headers["x-maintenance"] === "on";
        readBody(response).then((parsed) => resolve({ status, body: parsed, isAway }), reject);
      });
      request.end(content);
    });
  }
}

/** @param {import("node:http").IncomingMessage} response */
async function readBody(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  try {
    return JSON.parse(text);
  } catch {
    // A page for people, or nothing: the status says enough.
    return undefined;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  if (!(error instanceof Error)) return "UNKNOWN";
  if (error.name === "AbortError" || error.name === "TimeoutError") return "TIMEOUT";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
