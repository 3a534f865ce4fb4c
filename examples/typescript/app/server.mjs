// A small app: notes from the database, its health with the release it is, and its requests as metrics.
import { createServer } from "node:http";
import { Pool } from "pg";

const { DATABASE_URL, GREETING, LOCKSTEP_RELEASE, PORT } = process.env;
// By this name the drain tells an old release's sessions from the new one's.
const pool = new Pool({ connectionString: DATABASE_URL, application_name: LOCKSTEP_RELEASE });
const counts = new Map([
  ["2", 0],
  ["5", 0],
]);

const routes = {
  "/health": async () => ({ status: "ok", release: LOCKSTEP_RELEASE }),
  "/notes": async () => {
    const { rows } = await pool.query("SELECT id, body FROM notes ORDER BY id LIMIT 20");
    return { greeting: GREETING, notes: rows };
  },
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/metrics") return response.end(metrics());
  const { status, body } = await answer(pathname);
  const group = String(status)[0];
  counts.set(group, (counts.get(group) ?? 0) + 1);
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
});

async function answer(pathname) {
  const route = routes[pathname];
  if (!route) return { status: 404, body: { error: "not found" } };
  try {
    return { status: 200, body: await route() };
  } catch (error) {
    return { status: 500, body: { error: error.message } };
  }
}

function metrics() {
  const lines = [...counts].map(
    ([group, count]) => `http_requests_total{status="${group}00"} ${count}`,
  );
  return `# TYPE http_requests_total counter\n${lines.join("\n")}\n`;
}

// The release before holds the port until this one has shown that it runs: try until it lets go.
const listen = () => server.listen(Number(PORT), "127.0.0.1");
server.on("error", (error) => {
  if (error.code !== "EADDRINUSE") throw error;
  setTimeout(listen, 50);
});
listen();
process.on("SIGTERM", () => {
  server.close(() => void pool.end());
  server.closeIdleConnections();
});
