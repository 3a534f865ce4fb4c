// Reads what the release is made of, the app's tree and the migrations, and plans it.
import { join } from "node:path";
import type { Artifact } from "../components/platforms/platform.ts";
import { lockstepHome } from "../engine/home.ts";
import { analyzeMigrations } from "../engine/lint/analyze.ts";
import { imageIdentity } from "../engine/plan/image.ts";
import { NO_FILES } from "../engine/plan/planRun.ts";
import {
  ensurePromoted,
  promotedFrom,
  takenAfter,
  type Source,
  type VerifiedRelease,
} from "../engine/plan/promotion.ts";
import { planRelease, type PlanRequest, type ReleasePlan } from "../engine/plan/releasePlan.ts";
import { digestTree } from "../engine/process/tree.ts";
import { readFolder } from "../engine/sources/readFolder.ts";
import type { StackConfig } from "./readConfig.ts";

/** A release as files and config tell it. */
export interface ProgramPlan extends ReleasePlan {
  /** sha256 of the app's tree, or its image's digest. */
  readonly appDigest: string;
  /** What the app is made of. */
  readonly artifact: Artifact;
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
  const { project, stack, root, release, target, consent, lintRules } = config;
  if (Object.keys(lintRules).length > 0) {
    // Only here: most stacks set none, and need not load a hundred rules for it.
    const { ensureLevels } = await import("../engine/lint/levels.ts");
    ensureLevels(lintRules, "lockstep:lint");
  }
  const folder = { ...config.migrations, dir: join(root, config.migrations.dir) };
  const [migrations, { appDigest, artifact }] = await Promise.all([
    readFolder(folder).then(({ files }) =>
      analyzeMigrations(files, { cacheDir: join(lockstepHome(), "cache", "analysis") }),
    ),
    readArtifact(config),
  ]);
  const request = {
    project,
    stack,
    label: release,
    target,
    migrations,
    folder: config.migrations,
    appDigest,
    app: appIdentity(config),
    consent,
  };
  const isAlone = config.risk.mode === "skip";
  return { ...planPromoted(request, source, isAlone), appDigest, artifact };
}

async function readArtifact({
  app,
  root,
}: StackConfig): Promise<{ readonly appDigest: string; readonly artifact: Artifact }> {
  const { artifact } = app;
  if (artifact.kind === "image") {
    const { kind, image, command } = artifact;
    const { digest } = imageIdentity(image);
    return { appDigest: digest, artifact: { kind, image, ...(command && { command }) } };
  }
  const { kind, dir, files, command } = artifact;
  const digest = await digestTree(join(root, dir), files);
  return { appDigest: digest, artifact: { kind, dir, ...(files && { files }), digest, command } };
}

/**
 * What of the config makes another release. On kubernetes that includes what may make its pods fail; how many there are
 * does not.
 */
function appIdentity({ app, platform }: StackConfig): PlanRequest["app"] {
  const { artifact, env, port } = app;
  const shared = { command: artifact.command ?? [], env, port };
  if (platform.kind === "local") return shared;
  const { resources, readOnlyRoot, podTemplate = null } = platform.app;
  return { ...shared, pods: [resources, readOnlyRoot, podTemplate] };
}

/**
 * The plan, bound to what `source` verified. Where the app is released alone it is held to all that `source` ran: the
 * files that are left out here are that release's still.
 */
function planPromoted(
  request: PlanRequest,
  source: Source | undefined,
  isAlone: boolean,
): ReleasePlan & Pick<ProgramPlan, "taken"> {
  const own = { ...request, ...(isAlone && { target: NO_FILES }) };
  if (source === undefined) return { ...planRelease(own), taken: undefined };
  const plan = planRelease(request);
  const { appDigest, label, stack } = request;
  const { lastFiles } = plan;
  const migrationsDigest = plan.migrations.digest;
  const verified = ensurePromoted(
    { stack, label, appDigest, command: request.app.command, migrationsDigest, lastFiles },
    source,
  );
  const bound = planRelease({ ...own, promoted: promotedFrom(source.from, verified) });
  return { ...bound, taken: takenAfter({ ...verified, label }, source.taken) };
}
