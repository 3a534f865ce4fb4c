// `npm run build`: compiles all parts, for publishing or to see whether they compile.

import { ensureBundle } from "./bundle.mjs";
import { entries } from "./entries.mjs";
import { progress, runMain } from "./progress.mjs";
import { ensureSetup } from "./setup.mjs";

await runMain(async () => {
  await ensureSetup();
  for (const name of /** @type {import("./bundle.mjs").BundleName[]} */ (Object.keys(entries))) {
    const started = performance.now();
    await ensureBundle(name);
    progress(`${name} compiled or up to date (${Math.round(performance.now() - started)} ms)`);
  }
});
