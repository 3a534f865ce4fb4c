// Reads what the release is made of, the app's tree and the migrations, and plans it.
import { join } from "node:path";
import { lockstepHome } from "../engine/home.ts";
import { analyzeMigrations } from "../engine/lint/analyze.ts";
import { planRelease, type ReleasePlan } from "../engine/plan/releasePlan.ts";
import { digestTree } from "../engine/process/tree.ts";
import { readMigrations } from "../engine/sources/readMigrations.ts";
import type { StackConfig } from "./readConfig.ts";

/** A release as files and config tell it. */
export interface ProgramPlan extends ReleasePlan {
  /** sha256 of the app's tree. */
  readonly treeDigest: string;
}

/**
 * Plans the release that `config` names, from the project's folder, where Pulumi runs the program.
 * @throws LockstepError for files that can't be read or parsed, an unknown target, a wrong approval.
 */
export async function readPlan(config: StackConfig): Promise<ProgramPlan> {
  const { project, stack, app, release, target, migrationsDir, consent } = config;
  const [migrations, treeDigest] = await Promise.all([
    readMigrations(migrationsDir).then((files) =>
      analyzeMigrations(files, { cacheDir: join(lockstepHome(), "cache", "analysis") }),
    ),
    digestTree(app.dir, app.files),
  ]);
  const plan = planRelease({
    project,
    stack,
    label: release,
    target,
    migrations,
    migrationsDir,
    appDigest: treeDigest,
    app,
    consent,
  });
  return { ...plan, treeDigest };
}
