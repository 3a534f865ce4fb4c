// Reads what the release is made of, the app's tree and the migrations, and plans it.
import { join } from "node:path";
import { lockstepHome } from "../engine/home.ts";
import { analyzeMigrations } from "../engine/lint/analyze.ts";
import {
  ensurePromoted,
  promotedFrom,
  takenAfter,
  type Source,
  type VerifiedRelease,
} from "../engine/plan/promotion.ts";
import { planRelease, type PlanRequest, type ReleasePlan } from "../engine/plan/releasePlan.ts";
import { digestTree } from "../engine/process/tree.ts";
import { readMigrations } from "../engine/sources/readMigrations.ts";
import type { StackConfig } from "./readConfig.ts";

/** A release as files and config tell it. */
export interface ProgramPlan extends ReleasePlan {
  /** sha256 of the app's tree. */
  readonly treeDigest: string;
  /** What this stack took from the one before, this release first; undefined where there is none. */
  readonly taken: readonly VerifiedRelease[] | undefined;
}

/**
 * Plans the release that `config` names, from the project's folder, where Pulumi runs the program.
 * @throws LockstepError for files that can't be read or parsed, an unknown target, a wrong approval,
 * a release that is not one of `source`.
 */
export async function readPlan(
  config: StackConfig,
  source: Source | undefined,
): Promise<ProgramPlan> {
  const { project, stack, app, release, target, migrationsDir, consent } = config;
  const [migrations, treeDigest] = await Promise.all([
    readMigrations(migrationsDir).then((files) =>
      analyzeMigrations(files, { cacheDir: join(lockstepHome(), "cache", "analysis") }),
    ),
    digestTree(app.dir, app.files),
  ]);
  const request = {
    project,
    stack,
    label: release,
    target,
    migrations,
    migrationsDir,
    appDigest: treeDigest,
    app,
    consent,
  };
  return { ...planPromoted(request, source), treeDigest };
}

/** The plan, bound to what `source` verified. */
function planPromoted(
  request: PlanRequest,
  source: Source | undefined,
): ReleasePlan & Pick<ProgramPlan, "taken"> {
  const plan = planRelease(request);
  if (source === undefined) return { ...plan, taken: undefined };
  const { appDigest, label, stack } = request;
  const { lastFiles } = plan;
  const migrationsDigest = plan.migrations.digest;
  const verified = ensurePromoted(
    { stack, label, appDigest, command: request.app.command, migrationsDigest, lastFiles },
    source,
  );
  const bound = planRelease({ ...request, promoted: promotedFrom(source.from, verified) });
  return { ...bound, taken: takenAfter({ ...verified, label }, source.taken) };
}
