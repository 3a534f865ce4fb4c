// A server of the test's own that logs every statement, and what it logged of each session.
import { readFile } from "node:fs/promises";
import { clusterPaths } from "../../engine/embedded/cluster.ts";
import { startEmbedded, stopEmbedded } from "../../engine/embedded/server.ts";
import { queryAll } from "./database.ts";
import { eventually } from "./eventually.ts";
import { makeTempDir } from "./tempDir.ts";

/** One message as the server took it. */
export interface LoggedMessage {
  readonly pid: number;
  /** The session's application_name at that time. */
  readonly session: string;
  /** The text, byte for byte; one entry for a text of many statements. */
  readonly sql: string;
}

/** A server that logs. */
export interface TracedServer {
  readonly url: string;
  /** What was sent since the last call, in the order of the log. */
  readonly read: () => Promise<readonly LoggedMessage[]>;
}

const PREFIX = /^@@(\d+)\|([^@\n]*)@@ /m;
/** How a simple query and one with parameters are logged. */
const SENT = /^LOG: {2}(?:statement|execute [^:]*): ([^]*?)\n?$/;

/** Runs `body` with a server that logs every statement; it is gone afterwards. */
export async function withTracedServer(body: (server: TracedServer) => Promise<void>) {
  const dir = await makeTempDir("traced");
  const { url } = await startEmbedded({ dir, database: "app", scratch: true });
  const { logFile } = clusterPaths(dir);
  try {
    // Autovacuum would be in the way of a lock now and then, and a miss sends a file twice.
    for (const setting of [
      "log_line_prefix = '@@%p|%a@@ '",
      "log_statement = 'all'",
      "log_min_duration_statement = -1",
      "autovacuum = off",
    ]) {
      await queryAll(url, `alter system set ${setting}`);
    }
    await queryAll(url, "select pg_reload_conf()");
    await eventually("a logged statement", async () => {
      await queryAll(url, "select 'logging begins'");
      return (await loggedIn(logFile)).some(({ sql }) => sql === "select 'logging begins'");
    });
    let seen = (await loggedIn(logFile)).length;
    await body({
      url,
      read: async () => {
        const mark = `select 'mark ${String(seen)}'`;
        await queryAll(url, mark);
        const all = await eventually("the mark in the log", async () => {
          const found = await loggedIn(logFile);
          return found.some(({ sql }) => sql === mark) ? found : undefined;
        });
        const from = seen;
        seen = all.length;
        return all.slice(from).filter(({ session }) => session.startsWith("lockstep:"));
      },
    });
  } finally {
    await stopEmbedded(dir);
  }
}

async function loggedIn(file: string): Promise<readonly LoggedMessage[]> {
  const text = await readFile(file, "utf8");
  const [, ...parts] = text.split(PREFIX);
  const messages: LoggedMessage[] = [];
  for (let at = 0; at + 2 < parts.length; at += 3) {
    // The server puts one tab behind each line break within an entry, and nothing else.
    const entry = (parts[at + 2] ?? "").replaceAll("\n\t", "\n");
    const sql = SENT.exec(entry)?.[1];
    if (sql !== undefined) messages.push({ pid: Number(parts[at]), session: parts[at + 1]!, sql });
  }
  return messages;
}
