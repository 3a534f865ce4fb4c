// `npm run bench`: sets up, then measures with a state of its own, away from the user's; names of benches and `--runs N` may follow `--`.

import { join } from "node:path";
import { runForeground } from "./command.mjs";
import { rootFolder } from "./paths.mjs";
import { runMain } from "./progress.mjs";
import { ensureSetup } from "./setup.mjs";
import { withTestEnvironment } from "./testEnvironment.mjs";

await runMain(async () => {
  const setup = await ensureSetup();
  const args = ["--import", "tsx", join("bench", "main.ts"), ...process.argv.slice(2)];
  return withTestEnvironment(setup, (env) =>
    runForeground(process.execPath, args, { cwd: rootFolder, env }),
  );
});
