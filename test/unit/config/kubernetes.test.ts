// Tests of the config of a stack on a cluster: defaults, what belongs to one platform only, what prod requires.
import assert from "node:assert/strict";
import type { Config } from "../../../config/config.ts";
import type { KubernetesConfig } from "../../../config/kubernetesConfig.ts";
import { parseConfig } from "../../../config/parseConfig.ts";
import { formatError } from "../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../engine/errors/lockstepError.ts";

type Blocks = Readonly<Record<string, unknown>>;

const SHA = `sha256:${"a".repeat(64)}`;
const app = { image: "registry.example/shop:${release}", port: 8080 };
const kubernetes = { runnerImage: "registry.example/runner:1" };
const minimal: Blocks = { release: "1.1", platform: "kubernetes", app, kubernetes };
const local: Blocks = { release: "1.1", app: { dir: "app", command: ["node"], port: 8080 } };
const URL_TEXT = "postgres://u:geheim@db.example/shop?sslmode=verify-full";

function parse(blocks: Blocks, stack = "dev", secret: readonly string[] = []): Config {
  const values = Object.entries(blocks).map(([key, value]) => [
    `lockstep:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const secretKeys = secret.map((key) => `lockstep:${key}`);
  return parseConfig({
    stack,
    values: Object.fromEntries(values) as Record<string, string>,
    secretKeys,
  });
}

function platformOf(config: Config): KubernetesConfig {
  assert.ok(config.platform.kind === "kubernetes");
  return config.platform;
}

/** Key and expectation of each fault, as a user reads them. */
function refusal(blocks: Blocks, stack = "dev", secret: readonly string[] = []): string {
  try {
    parse(blocks, stack, secret);
  } catch (error) {
    assert.ok(isLockstepError(error), String(error));
    return formatError(error);
  }
  return assert.fail("nothing was refused");
}

describe("the config of a stack on a cluster", () => {
  it("needs an app's image and a runner's, and has defaults for the rest", () => {
    const config = parse(minimal);
    assert.deepEqual(config.app.artifact, {
      kind: "image",
      image: "registry.example/shop:1.1",
      command: undefined,
    });
    assert.deepEqual(config.database, { kind: "inCluster" });
    assert.deepEqual(config.platform, {
      kind: "kubernetes",
      kubeconfig: undefined,
      context: undefined,
      name: undefined,
      namespace: { name: undefined, create: true },
      runnerImage: "registry.example/runner:1",
      migrationsImage: undefined,
      imagePullSecrets: [],
      jobs: {
        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
        deadlineMs: 14_400_000,
        keep: 3,
        podTemplate: undefined,
      },
      app: {
        replicas: 1,
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
        rolloutTimeoutMs: 600_000,
        preStopMs: 5_000,
        stopTimeoutMs: 30_000,
        maxUnavailable: 1,
        readOnlyRoot: true,
        podTemplate: undefined,
      },
      service: { port: 80, type: "ClusterIP" },
      database: {
        image: "docker.io/library/postgres:18",
        storage: "1Gi",
        storageClass: undefined,
        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
      },
      backups: { kind: "own", storage: "10Gi", storageClass: undefined },
    } satisfies KubernetesConfig);
    assert.equal(platformOf(parse(minimal, "staging")).app.replicas, 2);
  });

  it("takes everything that is written", () => {
    const podTemplate = { spec: { nodeSelector: { disk: "ssd" } } };
    const resources = { limits: { cpu: "1", memory: "1.5Gi" } };
    const written = {
      kubeconfig: "cluster.yaml",
      context: "kind",
      name: "shop",
      namespace: { name: "team-a", create: false },
      runnerImage: `registry.example:5000/runner@${SHA}`,
      migrationsImage: "registry.example/migrations:${release}",
      imagePullSecrets: ["registry.example"],
      jobs: { resources, deadline: "30m", keep: 0, podTemplate },
      app: {
        replicas: "3",
        resources,
        rolloutTimeout: "5m",
        preStop: "0s",
        stopTimeout: "1m",
        disruptionBudget: "none",
        readOnlyRoot: false,
        podTemplate,
      },
      service: { port: 8080, type: "NodePort" },
      database: { image: "pg:17", storage: "5Gi", storageClass: "fast", resources },
      backups: { claim: "backups" },
    };
    const config = parse({
      ...minimal,
      app: { ...app, command: ["serve", "${release}"] },
      kubernetes: written,
    });
    assert.ok(config.app.artifact.kind === "image");
    assert.deepEqual(config.app.artifact.command, ["serve", "1.1"]);
    assert.deepEqual(config.platform, {
      kind: "kubernetes",
      kubeconfig: "cluster.yaml",
      context: "kind",
      name: "shop",
      namespace: { name: "team-a", create: false },
      runnerImage: `registry.example:5000/runner@${SHA}`,
      migrationsImage: "registry.example/migrations:1.1",
      imagePullSecrets: ["registry.example"],
      jobs: { resources, deadlineMs: 1_800_000, keep: 0, podTemplate },
      app: {
        replicas: 3,
        resources,
        rolloutTimeoutMs: 300_000,
        preStopMs: 0,
        stopTimeoutMs: 60_000,
        maxUnavailable: undefined,
        readOnlyRoot: false,
        podTemplate,
      },
      service: { port: 8080, type: "NodePort" },
      database: { image: "pg:17", storage: "5Gi", storageClass: "fast", resources },
      backups: { kind: "claim", claim: "backups" },
    } satisfies KubernetesConfig);
  });

  it("takes a database's URL from a Secret of the cluster", () => {
    const secret = { name: "shop-db", key: "uri" };
    assert.deepEqual(parse({ ...minimal, database: { secret } }).database, {
      kind: "secret",
      ...secret,
    });
  });
});

describe("a faulty config of a stack on a cluster", () => {
  it("says where a key is misspelt, and what belongs there, all at once", () => {
    const text = refusal({
      ...minimal,
      kubernetes: {
        runnerImag: "x",
        app: { resources: { limits: { memory: "lots" } }, disruptionBudget: "0" },
        jobs: { podTemplate: { nodeSelector: {} }, deadline: 5 },
        database: { storage: "big" },
      },
    });
    const expected = [
      /lockstep:kubernetes\.runnerImage is \(nothing\)/,
      /did you mean lockstep:kubernetes\.runnerImage\?/,
      /lockstep:kubernetes\.app\.resources is .*\n.*requests and limits/,
      /lockstep:kubernetes\.app\.disruptionBudget is "0"/,
      /lockstep:kubernetes\.jobs\.podTemplate is .*\n.*metadata, spec/,
      /lockstep:kubernetes\.jobs\.deadline is 5\n.*a duration/,
      /lockstep:kubernetes\.database\.storage is "big"\n.*10Gi/,
    ];
    for (const pattern of expected) assert.match(text, pattern);
  });

  it("lacks the images", () => {
    const text = refusal({ ...minimal, app: { port: 8080 }, kubernetes: undefined });
    assert.match(text, /lockstep:app\.image is \(nothing\)/);
    assert.match(text, /lockstep:kubernetes is \(nothing\)\n.*runnerImage/);
  });

  it("names an image that is neither tagged nor bound to a digest", () => {
    const text = refusal({ ...minimal, app: { ...app, image: "registry.example/shop" } });
    assert.match(text, /lockstep:app\.image is "registry.example\/shop"\n.*:1\.1.*@sha256/);
  });

  it("holds what belongs to local", () => {
    const text = refusal({
      ...minimal,
      app: { ...app, dir: "app", files: ["a"] },
      database: { embedded: {} },
    });
    for (const key of ["app.dir", "app.files", "database.embedded"]) {
      assert.match(text, new RegExp(`lockstep:${key} is .*\n.*only for lockstep:platform local`));
    }
  });

  it("has a label that no label of a pod can hold", () => {
    const text = refusal({ ...minimal, release: "1.1+build" });
    assert.match(text, /lockstep:release is "1\.1\+build"\n.*no "\+"/);
  });

  it("names the database twice", () => {
    const text = refusal({
      ...minimal,
      database: { url: "postgres://db.example/shop" },
      kubernetes: { ...kubernetes, database: { storage: "1Gi" } },
    });
    assert.match(text, /lockstep:kubernetes\.database is both\n.*nothing beside database\.url/);
    const database = { url: "postgres://db.example/shop", secret: { name: "a", key: "b" } };
    assert.match(refusal({ ...minimal, database }), /lockstep:database is both url and secret/);
  });

  it("names the backups' volume twice", () => {
    const backups = { claim: "a", storage: "1Gi" };
    const text = refusal({ ...minimal, kubernetes: { ...kubernetes, backups } });
    assert.match(text, /lockstep:kubernetes\.backups is both\n.*either claim or storage/);
  });
});

describe("prod on a cluster", () => {
  const prod = { ...minimal, promoteFrom: "staging" };
  const pinned = {
    ...prod,
    app: { ...app, image: `registry.example/shop@${SHA}` },
    kubernetes: { runnerImage: `registry.example/runner:1@${SHA}` },
  };

  it("needs digests and a database of its own", () => {
    const text = refusal(prod, "prod");
    assert.match(text, /lockstep:app\.image is .*\n.*digest/);
    assert.match(text, /lockstep:kubernetes\.runnerImage is .*\n.*digest/);
    assert.match(text, /lockstep:database\.url is \(nothing\)\n.*acceptOnProd/);
  });

  it("takes a URL, a Secret, or a database in the cluster that somebody accepted", () => {
    assert.doesNotThrow(() => {
      parse({ ...pinned, database: { url: URL_TEXT } }, "prod", ["database"]);
      parse({ ...pinned, database: { secret: { name: "a", key: "b" } } }, "prod");
      const database = { acceptOnProd: true };
      parse({ ...pinned, kubernetes: { ...pinned.kubernetes, database } }, "prod");
    });
  });

  it("needs the migrations image's digest too", () => {
    const text = refusal(
      {
        ...pinned,
        database: { secret: { name: "a", key: "b" } },
        kubernetes: { ...pinned.kubernetes, migrationsImage: "m:1" },
      },
      "prod",
    );
    assert.match(text, /lockstep:kubernetes\.migrationsImage is "m:1"\n.*digest/);
  });
});

describe("a promotion to a cluster", () => {
  it("needs the app's digest: a tag may have been moved since it was verified", () => {
    const text = refusal({ ...minimal, promoteFrom: "dev" }, "staging");
    assert.match(text, /lockstep:app\.image is .*\n.*digest/);
    assert.doesNotMatch(text, /runnerImage/);
  });
});

describe("a local stack's config", () => {
  it("refuses what belongs to a cluster", () => {
    const text = refusal({
      ...local,
      app: { ...(local.app as object), image: "shop:1" },
      database: { secret: { name: "a", key: "b" } },
      kubernetes,
    });
    for (const key of ["app.image", "database.secret", "kubernetes"]) {
      const pattern = `lockstep:${key} is .*\n.*only for lockstep:platform kubernetes`;
      assert.match(text, new RegExp(pattern));
    }
  });

  it("needs the app's folder and command", () => {
    const text = refusal({ ...local, app: { port: 8080 } });
    assert.match(text, /lockstep:app\.dir is \(nothing\)\n.*folder/);
    assert.match(text, /lockstep:app\.command is \(nothing\)\n.*program/);
  });
});
