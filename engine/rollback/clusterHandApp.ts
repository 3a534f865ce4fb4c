// The app of the kubernetes platform, for a rollback by hand: a Deployment that lockstep rolled out.
import { LockstepError } from "../errors/lockstepError.ts";
import { APP_FIELD_MANAGER, RELEASE_LABEL } from "../kubernetes/appMarks.ts";
import { openCluster } from "../kubernetes/client.ts";
import { readDeployment } from "../kubernetes/deployment.ts";
import { readMemory } from "../kubernetes/gateMemory.ts";
import type { ClusterInput } from "../kubernetes/kubeConfig.ts";
import { proveServing } from "../kubernetes/proveServing.ts";
import { releaseOf, type ClusterApp } from "../kubernetes/releasePods.ts";
import { rememberRollback } from "../kubernetes/rememberVerdict.ts";
import { rollBackDeployment } from "../kubernetes/rollBackDeployment.ts";
import type { HandApp } from "./handRollback.ts";

/** Which app. */
export interface ClusterHandInput {
  readonly cluster: ClusterInput;
  readonly deployment: string;
  readonly healthPath: string;
  readonly rolloutTimeoutMs: number;
}

/** The container that lockstep names so in the app's pods. */
const CONTAINER = "app";

/**
 * The app of a Deployment.
 * @throws LockstepError CONFIG where there is none of lockstep's; CLUSTER.
 */
export async function findClusterApp(input: ClusterHandInput): Promise<HandApp> {
  const { deployment: name, healthPath, rolloutTimeoutMs } = input;
  const cluster = await openCluster(input.cluster);
  const where = `Deployment ${name} in namespace ${cluster.namespace}`;
  const found = await readDeployment(cluster, name);
  const container = found?.spec.template.spec.containers.find((one) => one.name === CONTAINER);
  const port = container?.ports?.[0]?.containerPort;
  if (!found || port === undefined) {
    throw new LockstepError("CONFIG", "There is no app of lockstep's to take back", {
      where,
      seen: found ? `it has no container "${CONTAINER}" with a port` : "no such Deployment",
      next: "check --namespace and --deployment: kubectl get deployments -A",
    });
  }
  const app: ClusterApp = {
    ...{ cluster, deployment: name, container: CONTAINER, port, rolloutTimeoutMs },
    ...{ releaseLabel: RELEASE_LABEL, fieldManager: APP_FIELD_MANAGER },
  };
  const look = async () => {
    const now = await readDeployment(cluster, name);
    const releaseId = now && releaseOf(now.spec.template, app);
    const passed = now ? readMemory(now).passed : [];
    const previous = passed.find((one) => one.releaseId !== releaseId)?.releaseId;
    return { releaseId, previous, where };
  };
  return {
    look,
    rollBack: async (release, report) => {
      const order = { releaseId: release.id, digest: release.digest, report };
      const done = await rollBackDeployment(app, order);
      if (done.kind === "nothingBefore") return done;
      if (done.kind === "superseded") {
        return { kind: "superseded", now: `${done.releaseId ?? "nothing"} has taken its place` };
      }
      const back = { label: release.label, to: done.releaseId, why: "by hand" };
      await rememberRollback(app, order, back);
      return { kind: "rolledBack", to: done.releaseId };
    },
    prove: async (releaseId) => {
      try {
        await proveServing(app, releaseId, healthPath);
        return undefined;
      } catch (error) {
        return error instanceof LockstepError ? (error.seen ?? error.message) : String(error);
      }
    },
  };
}
