// The Job of one attempt at a step: as few rights as can be, and what the config lays over it.
import { createHash } from "node:crypto";
import { strategicMerge, type Manifest } from "../../kubernetes/strategicMerge.ts";
import type { StepSpec } from "../runStep.ts";
import { ANNOTATIONS, jobName, stepLabels } from "./jobNames.ts";
import { ARCHIVE, CONTAINER, GRACE_SECONDS, PATHS, RUNNER_UID, type JobPlace } from "./jobPlace.ts";

/**
 * The manifest of the attempt's Job. Pure; holds no secret. Its annotation `work` is the same for all
 * Jobs that are told the same.
 */
export function planJob(spec: StepSpec, place: JobPlace, attempt: number): Manifest {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: jobName(spec, attempt),
      namespace: place.cluster.namespace,
      labels: labelsOf(spec),
      annotations: {
        [ANNOTATIONS.digest]: spec.release.digest,
        [ANNOTATIONS.work]: workDigest(spec, place),
        [ANNOTATIONS.attempt]: String(attempt),
      },
    },
    spec: jobSpec(spec, place),
  };
}

function labelsOf(spec: StepSpec): Readonly<Record<string, string>> {
  return {
    ...stepLabels(spec),
    "app.kubernetes.io/name": "lockstep",
    "app.kubernetes.io/component": "step",
    "app.kubernetes.io/managed-by": "lockstep",
  };
}

function jobSpec(spec: StepSpec, place: JobPlace): Manifest {
  const metadata = {
    labels: labelsOf(spec),
    annotations: { [ANNOTATIONS.digest]: spec.release.digest },
  };
  const template = strategicMerge(podTemplate(spec, place, metadata), { ...place.podTemplate });
  return {
    // The ledger decides what is left to do, so a new try is the next `up`'s, not the cluster's.
    backoffLimit: 0,
    activeDeadlineSeconds: Math.ceil(place.deadlineMs / 1_000),
    template: { ...template, spec: { ...asManifest(template.spec), restartPolicy: "Never" } },
  };
}

/** The annotation `work` of this step's Jobs, sha256, hex: a running one with the same is followed instead of a new one. */
export function workDigest({ rehearsal: _, ...spec }: StepSpec, place: JobPlace): string {
  // A Job that has begun changed the schema, so a rehearsal anew would be another one: it is the same work.
  return createHash("sha256")
    .update(JSON.stringify(jobSpec(spec, place)))
    .digest("hex");
}

function podTemplate(spec: StepSpec, place: JobPlace, metadata: Manifest): Manifest {
  const { imagePullSecrets } = place;
  return {
    metadata: {
      labels: metadata.labels,
      annotations: {
        ...asManifest(metadata.annotations),
        // Moving a pod means ending it, and a migration has nowhere to be moved to.
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        "karpenter.sh/do-not-disrupt": "true",
      },
    },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: GRACE_SECONDS,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: RUNNER_UID,
        runAsGroup: RUNNER_UID,
        fsGroup: RUNNER_UID,
        // A claim with many backups would otherwise be walked at each start.
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...(imagePullSecrets.length > 0
        ? { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }
        : {}),
      containers: [container(spec, place)],
      volumes: volumesOf(spec, place).map(({ name, source }) => ({ name, ...source })),
    },
  };
}

function container(spec: StepSpec, place: JobPlace): Manifest {
  const { image, resources, databaseSecret } = place;
  return {
    name: CONTAINER,
    image,
    args: ["step"],
    env: [
      { name: "LOCKSTEP_STEP", value: JSON.stringify(specInJob(spec, place)) },
      { name: "DATABASE_URL", valueFrom: { secretKeyRef: { ...databaseSecret } } },
      { name: "LOCKSTEP_HOME", value: PATHS.home },
      { name: "HOME", value: PATHS.home },
      { name: "TMPDIR", value: PATHS.tmp },
      ...(place.migrationsConfigMap === undefined
        ? []
        : [{ name: "LOCKSTEP_MIGRATIONS_ARCHIVE", value: `${PATHS.archive}/${ARCHIVE}` }]),
      ...(place.backupClaim === undefined || spec.step !== "backup"
        ? []
        : [{ name: "LOCKSTEP_BACKUPS", value: PATHS.backups }]),
      { name: "LOCKSTEP_TERMINATION_MESSAGE", value: "/dev/termination-log" },
    ],
    ...(place.backupSecret !== undefined &&
      spec.step === "backup" && { envFrom: [{ secretRef: { name: place.backupSecret } }] }),
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: volumesOf(spec, place).map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly } : {}),
    })),
  };
}

/** The step's spec as the Job gets it: the folder is the Job's own. */
function specInJob(spec: StepSpec, place: JobPlace): StepSpec {
  const dir =
    place.migrationsConfigMap === undefined ? PATHS.migrations : `${PATHS.home}/migrations`;
  return { ...spec, migrations: { ...spec.migrations, dir } };
}

interface Volume {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly source: Manifest;
}

function volumesOf(
  { step }: StepSpec,
  { migrationsConfigMap, backupClaim }: JobPlace,
): readonly Volume[] {
  const volumes: Volume[] = [
    { name: "home", mountPath: PATHS.home, source: { emptyDir: {} } },
    { name: "tmp", mountPath: PATHS.tmp, source: { emptyDir: {} } },
  ];
  if (migrationsConfigMap !== undefined) {
    const source = { configMap: { name: migrationsConfigMap } };
    volumes.push({ name: "migrations", mountPath: PATHS.archive, readOnly: true, source });
  }
  // Most claims bind a pod to one node, so only the step that needs it has it.
  if (backupClaim !== undefined && step === "backup") {
    const source = { persistentVolumeClaim: { claimName: backupClaim } };
    volumes.push({ name: "backups", mountPath: PATHS.backups, source });
  }
  return volumes;
}

function asManifest(value: unknown): Manifest {
  return typeof value === "object" && value !== null ? (value as Manifest) : {};
}
