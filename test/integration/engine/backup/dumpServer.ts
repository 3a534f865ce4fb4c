// A server of the version of this machine's pg_dump, for as long as a `describe` lasts.
import { dirname, join } from "node:path";
import { findPrograms } from "../../../../engine/backup/clients.ts";
import { initCluster } from "../../../../engine/backup/initCluster.ts";
import { withScratchServer } from "../../../../engine/backup/scratchServer.ts";
import { serverUserFor } from "../../../../engine/embedded/serverUser.ts";
import { makeTempDir } from "../../../support/tempDir.ts";

const ROLE = "admin";

// PostgreSQL's client and server programs of one version, as `apt-get install postgresql` brings them.
const [dump] = await findPrograms("pg_dump");
const server = (await findPrograms("postgres")).find(({ major }) => major === dump?.major);

/** Whether there are such programs here; CI has them. */
export const canDump = dump !== undefined && server !== undefined;

/** Starts one server for the `describe` that it is called in; `url(name)` is that of a database, as a superuser. */
export function useDumpServer(): { readonly url: (database: string) => string } {
  let base = "";
  let stop = () => {
    // Nothing was started.
  };
  let stopped: Promise<unknown> = Promise.resolve();
  before(async () => {
    if (server === undefined) throw new Error("no server programs");
    const programs = {
      ...server,
      postgres: server.path,
      initdb: join(dirname(server.path), "initdb"),
    };
    const user = await serverUserFor(join(await makeTempDir("dumps"), "none"));
    const prepare = (dataDir: string) => initCluster(dataDir, { programs, user, role: ROLE });
    const settings = { max_prepared_transactions: "2" };
    await new Promise<void>((started, failed) => {
      stopped = withScratchServer(
        { programs, user, role: ROLE, prepare, settings },
        ({ socketDir }) => {
          base = `postgresql://${ROLE}@localhost/postgres?host=${encodeURIComponent(socketDir)}`;
          started();
          return new Promise<void>((end) => (stop = end));
        },
      ).catch(failed);
    });
  });
  after(async () => {
    stop();
    await stopped;
  });
  return { url: (database) => base.replace("/postgres?", `/${database}?`) };
}
