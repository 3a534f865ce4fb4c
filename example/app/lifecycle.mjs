// Binds a server to its port, and lets it go without losing a request.

import { Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** How long a successor waits for its predecessor's port, and how often it tries, in ms. */
const bindBudgetMs = 15_000;
const bindPauseMs = 20;

/** How long clients get, after a stop, to use an open connection once more and learn that it closes, in ms. */
const idleGraceMs = 500;

/** When connections that are still busy are cut, in ms after the stop. */
const cutAfterMs = 8_000;

/** When the process ends whatever is still open, in ms after the stop. lockstep kills it after 10 s. */
const exitAfterMs = 9_000;

/**
 * @param {import("node:http").Server} server
 * @param {{ host: string, port: number, signal: AbortSignal }} options
 * @throws {Error} when the port is not free within 15 s or cannot be bound at all
 */
export async function bindServer(server, { host, port, signal }) {
  const deadline = performance.now() + bindBudgetMs;
  for (;;) {
    const error = await tryBind(server, { host, port });
    if (error === undefined) return;
    if (error.code !== "EADDRINUSE") throw error;
    if (performance.now() > deadline) {
      throw new Error(
        `Port ${port} on ${host} is in use, and still was after ${bindBudgetMs / 1000} s. ` +
          `Stop what listens there, or choose another with PORT.`,
      );
    }
    await delay(bindPauseMs, undefined, { signal });
  }
}

/**
 * @param {import("node:http").Server} server
 * @param {{ host: string, port: number }} address
 * @returns {Promise<NodeJS.ErrnoException | undefined>}
 */
function tryBind(server, address) {
  return new Promise((resolve) => {
    const settle = (/** @type {NodeJS.ErrnoException | undefined} */ error) => {
      server.off("error", settle);
      server.off("listening", settle);
      resolve(error);
    };
    server.once("error", settle);
    server.once("listening", settle);
    server.listen(address);
  });
}

/**
 * Frees the port at once, then waits for every request that has been accepted. Whoever answers those must
 * send `connection: close` from now on.
 *
 * @param {import("node:http").Server} server
 * @returns {Promise<{ cut: boolean }>} whether connections were still busy after 8 s and were cut
 */
export async function drainServer(server) {
  let cut = false;
  const closed = new Promise((resolve) => {
    // Not http's own close: that cuts idle connections at once, and with them a request that is just on
    // its way over one of them.
    Server.prototype.close.call(server, resolve);
  });
  const idle = setTimeout(() => server.closeIdleConnections(), idleGraceMs);
  const busy = setTimeout(() => {
    cut = true;
    server.closeAllConnections();
  }, cutAfterMs);
  await closed;
  clearTimeout(idle);
  clearTimeout(busy);
  return { cut };
}

/**
 * Ends the process with status 0 after 9 s if it is still there: a database that hangs would keep it.
 *
 * @param {() => void} onExit told right before
 */
export function limitStop(onExit) {
  const timer = setTimeout(() => {
    onExit();
    process.exit(0);
  }, exitAfterMs);
  timer.unref();
}
