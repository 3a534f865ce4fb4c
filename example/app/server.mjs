// Customer Vault, the example that lockstep releases: node example/app/server.mjs 1.1

import { createServer } from "node:http";
import { Customers } from "./customers.mjs";
import { createPool, describeError, isDatabaseAway } from "./database.mjs";
import { HttpError, sendAnswer } from "./http.mjs";
import { bindServer, drainServer, limitStop } from "./lifecycle.mjs";
import { awayAnswer, Maintenance } from "./maintenance.mjs";
import { Metrics } from "./metrics.mjs";
import { loadRelease } from "./release.mjs";
import { createRoutes, findHandler, parseTarget } from "./routes.mjs";
import { parseSettings } from "./settings.mjs";

/**
 * One JSON line for each event.
 *
 * @param {string} event
 * @param {Record<string, unknown>} [details]
 */
function log(event, details = {}) {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...details }));
}

/**
 * Answers requests until SIGTERM or SIGINT, then finishes those that are under way.
 *
 * @param {string[]} args
 */
async function main([label]) {
  const release = await loadRelease(label);
  const settings = parseSettings(process.env, release.label);
  const identity = { release: settings.release, label: release.label };
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => stop.abort());
  const pool = createPool(settings.databaseUrl, (error) =>
    log("error", { where: "database", message: describeError(error) }),
  );
  const maintenance = new Maintenance(settings.databaseUrl, log);
  const app = {
    pool,
    maintenance,
    identity,
    customers: new Customers(pool, release.queries),
    metrics: new Metrics(identity),
    isStopping: () => stop.signal.aborted,
  };

  const server = createServer(createHandler(app, release));
  server.keepAliveTimeout = 30_000;
  await maintenance.start();
  try {
    await bindServer(server, { ...settings, signal: stop.signal });
  } catch (error) {
    await maintenance.stop();
    if (!stop.signal.aborted) throw error;
    return;
  }
  log("start", { ...identity, pid: process.pid, host: settings.host, port: settings.port });

  if (!stop.signal.aborted) {
    await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
  }
  limitStop(() => log("stop", { ...identity, cut: true }));
  const drained = await drainServer(server);
  await Promise.all([pool.end(), maintenance.stop()]);
  log("stop", { ...identity, ...drained });
}

/**
 * @param {import("./routes.mjs").App} app
 * @param {import("./release.mjs").Release} release
 * @returns {import("node:http").RequestListener}
 */
function createHandler(app, release) {
  const routes = createRoutes(app);
  let customerRequests = 0;

  return async (request, response) => {
    const startedMs = performance.now();
    const target = parseTarget(request.url ?? "/");
    const away = target.isForUsers ? app.maintenance.current() : undefined;
    if (away !== undefined) {
      // Not among the requests: what is judged by those is the release, and it has not been asked.
      app.metrics.countAway();
      send(awayAnswer(away, request.headers.accept));
      return;
    }
    response.on("close", () =>
      app.metrics.countRequest({
        method: request.method ?? "",
        route: target.route,
        // As nginx does it: the client left before the answer.
        status: response.writableFinished ? response.statusCode : 499,
        seconds: (performance.now() - startedMs) / 1000,
      }),
    );
    try {
      const fails = target.isCustomers && release.failsRequest(++customerRequests);
      // Before the database is touched: what is answered with this 500 has not been done.
      if (fails) throw new Error(`Release ${release.label} fails on purpose.`);
      const handle = findHandler(routes[target.route], request.method ?? "");
      send(await handle({ request, ...target }));
    } catch (error) {
      send(answerToError(error, target.route));
    }

    function send(/** @type {import("./http.mjs").Answer} */ answer) {
      const closing = app.isStopping() ? { connection: "close" } : {};
      sendAnswer(response, { ...answer, headers: { ...answer.headers, ...closing } });
    }
  };
}

/**
 * @param {unknown} error
 * @param {string} route
 * @returns {import("./http.mjs").Answer}
 */
function answerToError(error, route) {
  if (error instanceof HttpError) {
    return { status: error.status, body: { error: error.message }, headers: error.headers };
  }
  log("error", { where: route, message: describeError(error) });
  if (isDatabaseAway(error)) {
    const headers = { "retry-after": "1" };
    return { status: 503, body: { error: "The database does not answer just now." }, headers };
  }
  return { status: 500, body: { error: "Something went wrong here." } };
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  log("error", { where: "start", message: describeError(error) });
  process.exitCode = 1;
}
