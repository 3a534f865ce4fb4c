// The program: config, plan, release, outputs.
import { Release } from "./components/release.ts";
import { beginPromotion } from "./program/beginPromotion.ts";
import { warnOfLooseImage } from "./program/looseImage.ts";
import { readConfig } from "./program/readConfig.ts";
import { readPlan } from "./program/readPlan.ts";
import { readPromotion } from "./program/readPromotion.ts";
import { orRefuse } from "./program/refusal.ts";
import { releaseArgs } from "./program/releaseArgs.ts";
import { takenLine } from "./program/takenText.ts";
import { describeWaiting } from "./program/waiting.ts";

// What files and config alone can tell is refused here, before the first resource.
const config = await orRefuse(readConfig);
const source = await orRefuse(() => readPromotion(config));
const plan = await orRefuse(() => readPlan(config, source));
const args = await orRefuse(() => releaseArgs(config, plan, ""));
beginPromotion(config.release);
await warnOfLooseImage(config);

// components/release.ts has the order in which it happens.
const parts = new Release("release", args);

/** The release's label. */
export const release = config.release;
/** What the app is told it is: label and digest. */
export const releaseId = plan.releaseId;
/** Where the app answers. */
export const url = parts.url;
/** Secret. For psql and the `lockstep` command: `pulumi stack output databaseUrl --show-secrets`. */
export const databaseUrl = parts.databaseUrl;
/** Contract files that wait, for what, and the command that helps. */
export const waiting = parts.waiting.apply((files) =>
  describeWaiting(files, { stack: config.stack, promoted: plan.migrations.promoted }),
);
/** What the stack after this one may take; a record only when the release was verified. */
export const promotion = parts.promotion;
/** What this stack took from the one before and may come back to; there only with `promoteFrom`. */
export const taken = plan.taken?.map(takenLine);
