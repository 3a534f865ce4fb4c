// The runner of crash.test.ts: a process of its own that applies the history once, and may be killed.
import { once } from "node:events";
import { applyFiles } from "../integration/engine/run/applyFiles.ts";
import { readHistory } from "./history.ts";

const url = process.env.DATABASE_URL ?? "";
const { files, approval } = await readHistory();
process.send?.("ready");
await once(process, "message");
await applyFiles(url, files, { approval, limits: { leaseTtlMs: 1_000 } });
process.disconnect();
