// What `import … from "pulumi-lockstep"` gives: the compiled package/index.ts.

import { pathToFileURL } from "node:url";
import { ensureBundle } from "./bundle.mjs";

/** @type {typeof import("../package/index.ts")} */
const { Release } = await import(pathToFileURL(await ensureBundle("package")).href);

export { Release };
