// The app of the kubernetes platform: the pods of a Deployment.
import { counterPath } from "../../engine/health/counters.ts";
import { awaitRollout } from "../../engine/kubernetes/awaitRollout.ts";
import { openCluster } from "../../engine/kubernetes/client.ts";
import { readLastWords } from "../../engine/kubernetes/lastWords.ts";
import { PodSource } from "../../engine/kubernetes/podSource.ts";
import { proveServing } from "../../engine/kubernetes/proveServing.ts";
import {
  describeOlderPods,
  releaseOf,
  viewRollout,
  type ClusterApp,
} from "../../engine/kubernetes/releasePods.ts";
import { rememberPass, rememberRollback } from "../../engine/kubernetes/rememberVerdict.ts";
import { rollBackDeployment } from "../../engine/kubernetes/rollBackDeployment.ts";
import { describeFaults } from "../../engine/kubernetes/rolloutStatus.ts";
import { releaseId } from "../../engine/plan/release.ts";
import type { ResourceContext } from "../resource.ts";
import {
  APP_FIELD_MANAGER,
  RELEASE_LABEL,
  type HealthGateInputs,
  type KubernetesApp,
  type ReleaseIdentity,
} from "../schema.ts";
import type { AppRollBack, GatedApp, StartFault } from "./gatedApp.ts";

/** The release's pods behind a gate's handle. */
export async function kubernetesApp(
  inputs: HealthGateInputs & { readonly app: KubernetesApp },
  context: ResourceContext,
): Promise<GatedApp> {
  const { release, healthPath, app: handle } = inputs;
  const metricsPath = counterPath(inputs.metricsPath, inputs.settings.counters);
  const { report } = context;
  const app = await clusterApp(handle);
  const id = releaseId(release.label, release.digest);
  const judged = { releaseId: id, digest: release.digest, report };
  const source = new PodSource(app, { releaseId: id, healthPath, metricsPath });
  return {
    source,
    log: `kubectl -n ${app.cluster.namespace} logs deploy/${app.deployment} shows its log`,
    awaitStart: () => awaitPods(app, { releaseId: id, image: handle.image }, context),
    rollBack: async () => {
      const done = await rollBackDeployment(app, judged);
      if (done.kind === "nothingBefore") return done;
      if (done.kind === "superseded") return { kind: "superseded", now: describeNow(done) };
      await proveServing(app, done.releaseId, healthPath);
      return { kind: "rolledBack", to: done.releaseId } satisfies AppRollBack;
    },
    rememberPass: () => rememberPass(app, judged),
    rememberRollback: (back) => rememberRollback(app, judged, { label: release.label, ...back }),
    close: () => {
      source.close();
    },
  };
}

/** The pods of the release that the Deployment holds now; undefined where there is none. */
export async function runningPods(
  handle: KubernetesApp,
  paths: { readonly healthPath: string; readonly metricsPath: string },
) {
  const app = await clusterApp(handle);
  const { deployment } = await viewRollout(app);
  const of = deployment && releaseOf(deployment.spec.template, app);
  if (of === undefined) return undefined;
  const source = new PodSource(app, { releaseId: of, ...paths });
  return {
    of,
    source,
    close: () => {
      source.close();
    },
  };
}

/** What tells the pods of other releases that are still there, those that end included. */
export async function olderPods(
  handle: KubernetesApp,
  { label, digest }: ReleaseIdentity,
): Promise<() => Promise<readonly string[]>> {
  const app = await clusterApp(handle);
  return () => describeOlderPods(app, releaseId(label, digest));
}

async function clusterApp(handle: KubernetesApp): Promise<ClusterApp> {
  const { deployment, container, port, rolloutTimeoutMs } = handle;
  const cluster = await openCluster(handle.cluster);
  const names = { releaseLabel: RELEASE_LABEL, fieldManager: APP_FIELD_MANAGER };
  return { cluster, deployment, container, port, rolloutTimeoutMs, ...names };
}

async function awaitPods(
  app: ClusterApp,
  wanted: { readonly releaseId: string; readonly image: string },
  { report, signal }: ResourceContext,
): Promise<StartFault | undefined> {
  const end = await awaitRollout(app, wanted, { report, signal });
  if (end.kind === "done") return undefined;
  if (end.kind === "other") return { reason: end.text, detail: "" };
  const words = await readLastWords(app.cluster, end.faults);
  const more = describeFaults(end.faults).slice(1);
  return { reason: end.text, detail: [...more, words].filter(Boolean).join("\n") };
}

function describeNow({ releaseId: now }: { readonly releaseId: string | undefined }): string {
  return now === undefined
    ? "its Deployment is gone or not one that lockstep rolls out"
    : `release ${now} has taken its place meanwhile`;
}
