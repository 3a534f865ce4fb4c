// The Job of an attempt, option by option.
import assert from "node:assert/strict";
import { planJob, workDigest } from "../../../../../engine/executors/kubernetes/jobManifest.ts";
import type { JobPlace } from "../../../../../engine/executors/kubernetes/jobPlace.ts";
import type { StepSpec } from "../../../../../engine/executors/runStep.ts";

const SPEC: StepSpec = {
  step: "expand",
  release: { digest: "d".repeat(64), label: "1.0", project: "shop", stack: "prod" },
  migrations: { dir: "migrations", digest: "m".repeat(64) },
  settings: {
    wait: { attempts: 1, intervalMs: 1 },
    leaseWaitMs: 1,
    lockBudgetMs: 1,
    backupMaxAgeMs: 1,
    allowedApplications: [],
  },
};
const PLACE: JobPlace = {
  cluster: { namespace: "shop-prod" },
  image: "registry.example/runner:1",
  imagePullSecrets: [],
  databaseSecret: { name: "shop-database", key: "url" },
  migrationsConfigMap: "shop-migrations-1",
  resources: { requests: { cpu: "50m" }, limits: { memory: "512Mi" } },
  deadlineMs: 90_500,
  keepReleases: 3,
};

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}
interface Container {
  readonly name: string;
  readonly env: readonly Variable[];
  readonly args: readonly string[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly resources: unknown;
  readonly securityContext: unknown;
}
interface PlannedJob {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly template: {
      readonly metadata: { readonly labels: unknown; readonly annotations: unknown };
      readonly spec: Readonly<Record<string, unknown>> & {
        readonly containers: readonly Container[];
        readonly volumes: readonly Readonly<Record<string, unknown>>[];
      };
    };
  };
}

function plan(
  place: Partial<JobPlace> = {},
  spec: Partial<StepSpec> = {},
  attempt = 1,
): PlannedJob {
  return planJob({ ...SPEC, ...spec }, { ...PLACE, ...place }, attempt) as unknown as PlannedJob;
}
const podOf = (job: PlannedJob) => job.spec.template.spec;
const containerOf = (job: PlannedJob) => podOf(job).containers[0]!;
const variablesOf = (job: PlannedJob) =>
  Object.fromEntries(
    containerOf(job).env.map(({ name, ...rest }) => [name, rest.value ?? rest.valueFrom]),
  );

describe("planJob", () => {
  it("is run once, for so long", () => {
    const { spec } = plan();
    assert.equal(spec.backoffLimit, 0);
    assert.equal(spec.activeDeadlineSeconds, 91);
    assert.equal(spec.template.spec.restartPolicy, "Never");
    assert.ok(!("ttlSecondsAfterFinished" in spec));
  });

  it("is found by its labels, and says whose it is", () => {
    const { metadata, spec } = plan();
    assert.equal(metadata.namespace, "shop-prod");
    assert.deepEqual(metadata.labels, {
      "lockstep.dev/project": "shop",
      "lockstep.dev/stack": "prod",
      "lockstep.dev/step": "expand",
      "lockstep.dev/release": "1.0-dddddddddddd",
      "app.kubernetes.io/name": "lockstep",
      "app.kubernetes.io/component": "step",
      "app.kubernetes.io/managed-by": "lockstep",
    });
    assert.deepEqual(spec.template.metadata.labels, metadata.labels);
    assert.equal(metadata.annotations["lockstep.dev/release-digest"], "d".repeat(64));
  });

  it("has as few rights as can be", () => {
    const pod = podOf(plan());
    assert.equal(pod.automountServiceAccountToken, false);
    assert.equal(pod.enableServiceLinks, false);
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(containerOf(plan()).securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(containerOf(plan()).resources, PLACE.resources);
  });

  it("hands the step over by the environment, the database by its Secret only", () => {
    const job = plan();
    const { DATABASE_URL, LOCKSTEP_STEP, ...others } = variablesOf(job);
    assert.deepEqual(DATABASE_URL, { secretKeyRef: { name: "shop-database", key: "url" } });
    assert.deepEqual(JSON.parse(String(LOCKSTEP_STEP)), {
      ...SPEC,
      migrations: { ...SPEC.migrations, dir: "/lockstep/migrations" },
    });
    assert.deepEqual(others, {
      LOCKSTEP_HOME: "/lockstep",
      HOME: "/lockstep",
      TMPDIR: "/tmp",
      LOCKSTEP_MIGRATIONS_ARCHIVE: "/lockstep-migrations/migrations.tar.gz",
      LOCKSTEP_TERMINATION_MESSAGE: "/dev/termination-log",
    });
    assert.deepEqual(containerOf(job).args, ["step"]);
  });

  it("mounts the migrations, or takes those of the image", () => {
    const mounted = podOf(plan()).volumes.find(({ name }) => name === "migrations");
    assert.deepEqual(mounted?.configMap, { name: "shop-migrations-1" });
    const job = plan({ migrationsConfigMap: undefined });
    assert.equal(podOf(job).volumes.length, 2);
    assert.ok(!("LOCKSTEP_MIGRATIONS_ARCHIVE" in variablesOf(job)));
    const spec = JSON.parse(String(variablesOf(job).LOCKSTEP_STEP)) as StepSpec;
    assert.equal(spec.migrations.dir, "/migrations");
  });

  it("mounts the claim for backups into the backup's Job alone", () => {
    const place = { backupClaim: "shop-backups" };
    assert.ok(!("LOCKSTEP_BACKUPS" in variablesOf(plan(place))));
    const job = plan(place, { step: "backup", before: "expand" });
    assert.equal(variablesOf(job).LOCKSTEP_BACKUPS, "/backups");
    assert.deepEqual(podOf(job).volumes.at(-1), {
      name: "backups",
      persistentVolumeClaim: { claimName: "shop-backups" },
    });
    assert.ok(containerOf(job).volumeMounts.some(({ mountPath }) => mountPath === "/backups"));
  });

  it("gives the environment of backups to the backup's Job alone, out of a Secret", () => {
    const place = { backupSecret: "shop-backups" };
    const envFrom = (job: PlannedJob) => (containerOf(job) as { envFrom?: unknown }).envFrom;
    assert.equal(envFrom(plan(place)), undefined);
    assert.equal(envFrom(plan({}, { step: "backup", before: "contract" })), undefined);
    const job = plan(place, { step: "backup", before: "contract" });
    assert.deepEqual(envFrom(job), [{ secretRef: { name: "shop-backups" } }]);
    assert.ok(!("LOCKSTEP_BACKUPS" in variablesOf(job)));
  });

  it("takes a bucket and its secrets for backups from the override, in the claim's place", () => {
    const secret = { secretRef: { name: "shop-backups" } };
    const env = [{ name: "LOCKSTEP_BACKUPS", value: "s3://shop/backups" }];
    const containers = [{ name: "lockstep", env, envFrom: [secret] }];
    const place = { backupClaim: "claim", podTemplate: { spec: { containers } } };
    const job = plan(place, { step: "backup", before: "contract" });
    assert.equal(variablesOf(job).LOCKSTEP_BACKUPS, "s3://shop/backups");
    assert.ok("LOCKSTEP_STEP" in variablesOf(job));
    assert.deepEqual((containerOf(job) as { envFrom?: unknown }).envFrom, [secret]);
  });

  it("names the Secrets that images are pulled with", () => {
    assert.ok(!("imagePullSecrets" in podOf(plan())));
    assert.deepEqual(podOf(plan({ imagePullSecrets: ["a"] })).imagePullSecrets, [{ name: "a" }]);
  });

  it("has the override laid over its pod, but never restarts", () => {
    const job = plan({
      podTemplate: {
        metadata: { annotations: { team: "data" } },
        spec: {
          restartPolicy: "OnFailure",
          nodeSelector: { disk: "ssd" },
          containers: [
            { name: "lockstep", env: [{ name: "LOCKSTEP_QUIT_URL", value: "http://x" }] },
            { name: "proxy", image: "proxy" },
          ],
        },
      },
    });
    const pod = podOf(job);
    assert.equal(pod.restartPolicy, "Never");
    assert.deepEqual(pod.nodeSelector, { disk: "ssd" });
    assert.deepEqual(
      pod.containers.map(({ name }) => name),
      ["lockstep", "proxy"],
    );
    assert.equal(variablesOf(job).LOCKSTEP_QUIT_URL, "http://x");
    assert.ok("DATABASE_URL" in variablesOf(job));
    assert.equal((job.spec.template.metadata.annotations as Record<string, string>).team, "data");
  });
});

describe("workDigest", () => {
  it("is the same for each attempt, and another one for whatever else the Job is told", () => {
    const work = workDigest(SPEC, PLACE);
    assert.match(work, /^[0-9a-f]{64}$/);
    for (const attempt of [1, 2]) {
      assert.equal(plan({}, {}, attempt).metadata.annotations["lockstep.dev/work"], work);
    }
    assert.notEqual(workDigest(SPEC, { ...PLACE, image: "other" }), work);
    assert.notEqual(workDigest({ ...SPEC, allowRetry: "1.0#1" }, PLACE), work);
  });

  it("is the same whatever rehearsal was made: a Job that has begun changed the schema", () => {
    const rehearsal = { digest: "r", server: "" };
    assert.equal(workDigest({ ...SPEC, rehearsal }, PLACE), workDigest(SPEC, PLACE));
    const { LOCKSTEP_STEP: spec } = variablesOf(plan({}, { rehearsal }));
    assert.match(String(spec), /"rehearsal":\{"digest":"r"/);
  });
});
