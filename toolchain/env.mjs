// `npm run -s env`: sets up, then prints the shell lines that make `pulumi` and `lockstep` work by hand.

import { localEnvironment } from "./environment.mjs";
import { runMain } from "./progress.mjs";
import { ensureSetup } from "./setup.mjs";

await runMain(async () => {
  const added = localEnvironment(await ensureSetup());
  for (const [name, value] of Object.entries(added)) {
    process.stdout.write(`export ${name}='${value.replaceAll("'", "'\\''")}'\n`);
  }
});
