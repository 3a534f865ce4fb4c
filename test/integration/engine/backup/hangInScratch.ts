// A process that is killed in the middle of a proof: it starts a scratch server and never ends.
import { initCluster } from "../../../../engine/backup/initCluster.ts";
import { findServerPrograms } from "../../../../engine/backup/scratchPrograms.ts";
import { scratchRoot, withScratchServer } from "../../../../engine/backup/scratchServer.ts";
import { serverUserFor } from "../../../../engine/embedded/serverUser.ts";

const user = await serverUserFor(scratchRoot());
const [programs] = await findServerPrograms(user);
if (programs === undefined) throw new Error("no server programs");
const role = "admin";
const prepare = (dataDir: string) => initCluster(dataDir, { programs, user, role });
await withScratchServer({ programs, user, role, prepare, settings: {} }, async () => {
  console.log("running");
  await new Promise(() => setInterval(() => undefined, 1000));
});
