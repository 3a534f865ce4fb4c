// `npm run cluster -- up|images|down [FOLDER]`: a cluster for trying things by hand, started and ended as the tests do it.
import { ensureBundle } from "../../toolchain/bundle.mjs";
import { runMain } from "../../toolchain/progress.mjs";
import { loadImages } from "./images/load.ts";
import { clusterFolder } from "./machine/folder.ts";
import { startCluster } from "./machine/start.ts";
import { stopCluster } from "./machine/stop.ts";

await runMain(async () => {
  const [command, folder = "/tmp/lockstep-cluster", tag] = process.argv.slice(2);
  if (command === "up") {
    await ensureBundle("cli");
    const { kubeconfig } = await startCluster(folder);
    process.stdout.write(`export KUBECONFIG=${kubeconfig}\n`);
  } else if (command === "images") {
    await ensureBundle("cli");
    for (const { name, byDigest } of await loadImages(clusterFolder(folder), tag)) {
      process.stdout.write(`${name} ${byDigest}\n`);
    }
  } else if (command === "down") {
    await stopCluster(folder);
  } else {
    process.stderr.write("use: npm run cluster -- up|images|down [FOLDER] [RUNNER-TAG]\n");
    return 2;
  }
  return 0;
});
