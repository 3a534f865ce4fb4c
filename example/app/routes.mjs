// What each path and method does.

import { findDatabaseFault } from "./database.mjs";
import { HttpError, readJson } from "./http.mjs";
import { parseCustomerChange, parseId, parseNewCustomer, parsePage } from "./validation.mjs";

/** @typedef {import("node:http").IncomingMessage} Request */
/** @typedef {import("./http.mjs").Answer} Answer */
/** @typedef {{ route: string, isCustomers: boolean, isForUsers: boolean, id: string, query: URLSearchParams }} Target */
/** @typedef {Target & { request: Request }} Call */
/** @typedef {Record<string, (call: Call) => Promise<Answer>>} Methods */

/**
 * @typedef {object} App
 * @property {import("./customers.mjs").Customers} customers
 * @property {import("./metrics.mjs").Metrics} metrics
 * @property {import("pg").Pool} pool
 * @property {import("./maintenance.mjs").Maintenance} maintenance
 * @property {{ release: string, label: string }} identity
 * @property {() => boolean} isStopping
 */

/**
 * @param {App} app
 * @returns {Record<string, Methods>} by pattern
 */
export function createRoutes(app) {
  const { customers, metrics, pool } = app;
  return {
    "/customers": {
      GET: async ({ query }) => {
        const page = parsePage(query);
        const found = await customers.list(page);
        // A full page may be the last: the client then gets an empty one, which costs less than a count.
        const next = found.length === page.limit ? (found.at(-1)?.id ?? null) : null;
        return { status: 200, body: { customers: found, next } };
      },
      POST: async ({ request }) => {
        const customer = await customers.create(parseNewCustomer(await readJson(request)));
        const headers = { location: `/customers/${customer.id}` };
        return { status: 201, body: customer, headers };
      },
    },
    "/customers/:id": {
      GET: async ({ id }) => ({ status: 200, body: await customers.get(parseId(id)) }),
      PATCH: async ({ request, id }) => {
        const change = parseCustomerChange(await readJson(request));
        return { status: 200, body: await customers.update(parseId(id), change) };
      },
      DELETE: async ({ id }) => {
        await customers.remove(parseId(id));
        return { status: 204 };
      },
    },
    "/health": { GET: async () => checkHealth(app) },
    "/metrics": {
      GET: async () => ({
        status: 200,
        text: metrics.render(pool),
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      }),
    },
  };
}

/**
 * Splits a request's target into the pattern that it falls under and what varies.
 *
 * @param {string} url path and query
 * @returns {Target} route `unknown` where there is nothing
 */
export function parseTarget(url) {
  // Not by `new URL`, which takes the path //health for a host.
  const [path = "", query = ""] = url.split(/\?(.*)/s);
  const id = /^\/customers\/([^/]+)$/.exec(path)?.[1] ?? "";
  const isOwn = path === "/health" || path === "/metrics";
  const isFixed = path === "/customers" || isOwn;
  return {
    route: id !== "" ? "/customers/:id" : isFixed ? path : "unknown",
    isCustomers: id !== "" || path === "/customers",
    // Whoever watches the app is answered in maintenance, too, or it would be restarted.
    isForUsers: !isOwn,
    id,
    query: new URLSearchParams(query),
  };
}

/**
 * @param {Methods | undefined} methods
 * @param {string} method
 * @throws {HttpError} 404 or 405
 */
export function findHandler(methods, method) {
  if (methods === undefined) throw new HttpError(404, "There is nothing here. Try /customers.");
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler === undefined) {
    const allow = Object.keys(methods).join(", ");
    throw new HttpError(405, `${method} is not possible here. Possible: ${allow}.`, { allow });
  }
  return handler;
}

/**
 * @param {App} app
 * @returns {Promise<Answer>}
 */
async function checkHealth({ pool, identity, isStopping }) {
  const fault = isStopping() ? "stopping" : await findDatabaseFault(pool);
  if (fault === undefined) return { status: 200, body: { status: "ok", ...identity } };
  return { status: 503, body: { status: "unavailable", reason: fault, ...identity } };
}
