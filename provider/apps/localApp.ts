// The app of the local platform: a process of this machine.
import { counterPath } from "../../engine/health/counters.ts";
import { urlSource } from "../../engine/health/source.ts";
import { releaseId } from "../../engine/plan/release.ts";
import { runningReleases } from "../../engine/process/processes.ts";
import { measureProcesses } from "../../engine/process/processUsage.ts";
import { rollBackProcess } from "../../engine/process/rollBack.ts";
import type { ResourceContext } from "../resource.ts";
import type { HealthGateInputs, LocalApp, ReleaseIdentity } from "../schema.ts";
import type { AppRollBack, GatedApp } from "./gatedApp.ts";

/** The process behind a gate's handle. Its resource has proven it up already. */
export function localApp(
  inputs: HealthGateInputs & { readonly app: LocalApp },
  { report }: ResourceContext,
): GatedApp {
  const { release, app, baseUrl } = inputs;
  const { project, stack } = release;
  return {
    source: {
      ...urlSource({
        healthUrl: baseUrl + inputs.healthPath,
        metricsUrl: baseUrl + counterPath(inputs.metricsPath, inputs.settings.counters),
      }),
      askUsage: () =>
        measureProcesses(
          { project, stack, name: app.process },
          releaseId(release.label, release.digest),
        ),
    },
    log: `its log is in ${project}/${stack}/logs below LOCKSTEP_HOME`,
    awaitStart: () => Promise.resolve(undefined),
    rollBack: async () => {
      const id = { project, stack, name: app.process };
      const done = await rollBackProcess(id, { releaseDigest: release.digest, report });
      return outcomeOf(done);
    },
    // The release store remembers by itself.
    rememberPass: () => Promise.resolve(),
    rememberRollback: () => Promise.resolve(),
    close: () => undefined,
  };
}

function outcomeOf(done: Awaited<ReturnType<typeof rollBackProcess>>): AppRollBack {
  if (done.kind === "rolledBack") return { kind: "rolledBack", to: done.facts.releaseId };
  if (done.kind === "nothingBefore") return done;
  const now = done.releaseId
    ? `release ${done.releaseId} has taken its place meanwhile`
    : "its app is not one that lockstep runs any more";
  return { kind: "superseded", now };
}

/** Processes of the app's other releases, one line each. */
export async function olderProcesses(
  app: LocalApp,
  { project, stack, label, digest }: ReleaseIdentity,
): Promise<readonly string[]> {
  const mine = releaseId(label, digest);
  return (await runningReleases(project, stack))
    .filter((one) => one.name === app.process && one.releaseId !== mine)
    .map((one) => `process ${String(one.pid)} of ${one.releaseId}`);
}
