// The kubernetes platform: steps are Jobs, the app is a Deployment, the database is outside or a StatefulSet.
import { scryptSync } from "node:crypto";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { loginSecretName, type ReleaseLogin } from "../../../engine/fence/releaseLogin.ts";
import type { KubernetesExecutor, RelayRoute } from "../../../provider/schema.ts";
import { DatabaseSecret, Rollout, Step } from "../../resources.ts";
import {
  urlsOf,
  type DatabaseSource,
  type Platform,
  type PlatformDatabase,
  type PlatformService,
  type ServiceSpec,
  type StepSpec,
} from "../platform.ts";
import { createAppWorkload } from "./appWorkload.ts";
import type { KubernetesArgs } from "./args.ts";
import { Cluster } from "./cluster.ts";
import { createDatabaseServer, POSTGRES_PORT } from "./databaseServer.ts";
import {
  APP_CONTAINER,
  commonLabels,
  DIRECT_URL_KEY,
  objectNames,
  selectorLabels,
  URL_KEY,
} from "./names.ts";

type Options = pulumi.CustomResourceOptions;

/** A value in a Secret. */
interface SecretRef {
  readonly name: string;
  readonly key: string;
}

/** The user and the database of a server of lockstep's own. */
const DATABASE_NAME = "app";

/** A relay is one small Node process that passes bytes on. */
const RELAY_RESOURCES = {
  requests: { cpu: "10m", memory: "64Mi" },
  limits: { memory: "256Mi" },
};

/** A stack's place in a cluster, and what is made there. */
export class KubernetesPlatform implements Platform {
  readonly kind = "kubernetes";
  readonly #args: KubernetesArgs;
  readonly #cluster: Cluster;
  readonly #names: ReturnType<typeof objectNames>;
  /** Where the app finds the database's URL. */
  #appSecret: SecretRef;
  /** Where steps find it: the server's own. */
  #stepSecret: SecretRef;

  /** Registers what all that runs there needs, as a component with `options`. */
  constructor(name: string, args: KubernetesArgs, options: pulumi.ComponentResourceOptions = {}) {
    this.#args = args;
    this.#names = objectNames(args);
    this.#cluster = new Cluster(name, args, options);
    this.#appSecret = { name: this.#names.databaseSecret, key: URL_KEY };
    this.#stepSecret = this.#appSecret;
  }

  createDatabase(name: string, _spec: unknown, options: Options): PlatformDatabase {
    const { cluster } = this.#args;
    const { database, databaseSecret } = this.#names;
    const secret = new DatabaseSecret(
      `${name}-secret`,
      {
        cluster,
        name: databaseSecret,
        key: URL_KEY,
        server: {
          host: `${database}.${cluster.namespace}.svc`,
          port: POSTGRES_PORT,
          user: DATABASE_NAME,
          database: DATABASE_NAME,
          labels: commonLabels(this.#args),
        },
        requireTls: false,
      },
      this.#within(options),
    );
    createDatabaseServer(name, this.#args, this.#native(options, secret));
    return {
      url: pulumi.secret(secret.url),
      route: {
        cluster,
        podLabels: selectorLabels(this.#args, "database"),
        port: POSTGRES_PORT,
      },
    };
  }

  useDatabase(name: string, source: DatabaseSource, options: Options): PlatformDatabase {
    const { cluster, requireTls } = this.#args;
    if ("secret" in source) {
      const { name: secretName, key, directKey } = source.secret;
      this.#appSecret = { name: secretName, key };
      this.#stepSecret = { name: secretName, key: directKey ?? key };
      const inputs = { cluster, ...source.secret, requireTls };
      const { url, directUrl } = new DatabaseSecret(
        `${name}-secret`,
        inputs,
        this.#within(options),
      );
      const own = directKey === undefined ? url : directUrl;
      return { url: pulumi.secret(own), appUrl: pulumi.secret(url), route: this.#relayRoute() };
    }
    const urls = urlsOf(source);
    const isPooled = source.directUrl !== undefined;
    if (isPooled) this.#stepSecret = { ...this.#appSecret, key: DIRECT_URL_KEY };
    new Secret(
      `${name}-secret`,
      {
        metadata: {
          name: this.#names.databaseSecret,
          namespace: cluster.namespace,
          labels: commonLabels(this.#args),
        },
        stringData: { [URL_KEY]: urls.appUrl, ...(isPooled && { [DIRECT_URL_KEY]: urls.url }) },
      },
      this.#native(options),
    );
    return { ...urls, route: this.#relayRoute() };
  }

  createStep(name: string, spec: StepSpec, options: Options): Step {
    return new Step(`${name}-step`, { ...spec, executor: this.#executor() }, this.#within(options));
  }

  createService(name: string, spec: ServiceSpec, options: Options): PlatformService {
    const { artifact } = spec;
    if (artifact.kind !== "image") {
      throw new pulumi.InputPropertyError({
        propertyPath: "artifact",
        reason: "platform kubernetes runs an image, not a folder's files",
      });
    }
    const { release, url, route, migrations, allowRetry, gate, counterLogin, notices } = spec;
    const loginSecret = this.#loginSecret(spec);
    const args = this.#args;
    const app = {
      kind: "kubernetes",
      cluster: args.cluster,
      deployment: this.#names.app,
      container: APP_CONTAINER,
      image: artifact.image,
      port: spec.port,
      rolloutTimeoutMs: args.app.rolloutTimeoutMs,
    } as const;
    const leave = new Rollout(
      `${name}-rollout`,
      {
        ...{ release, url, migrations, ...(route && { route }), ...(allowRetry && { allowRetry }) },
        ...{ ...(gate && { gate, app }), ...(notices && { notices }) },
        ...(spec.replicas !== undefined && { replicas: pulumi.secret(spec.replicas) }),
        ...(counterLogin !== undefined && { counterLogin: pulumi.secret(counterLogin) }),
        ...(spec.login && { login: this.#loginInput(spec.login) }),
      },
      this.#within(options),
    );
    createAppWorkload(
      name,
      {
        args,
        spec,
        artifact,
        databaseSecret: spec.login ? loginSecret : this.#appSecret,
        secretsDigest: digestSecrets(spec),
      },
      this.#native(options, leave),
    );
    return {
      baseUrl: pulumi.output(this.#baseUrl()),
      app,
    };
  }

  /** One for each release: its pods, and those of a rollback to it, find the login there. */
  #loginSecret({ release }: ServiceSpec): SecretRef {
    return { name: loginSecretName(this.#names.appLogin, release.digest), key: URL_KEY };
  }

  #loginInput(login: pulumi.Output<ReleaseLogin>) {
    const { cluster } = this.#args;
    const base = this.#names.appLogin;
    const secret = { cluster, base, key: URL_KEY, labels: commonLabels(this.#args) };
    return pulumi.secret({ login, secret });
  }

  /** A database may be open to the cluster and not to the machine that runs Pulumi. */
  #relayRoute(): RelayRoute {
    const { cluster, runnerImage, imagePullSecrets, jobs } = this.#args;
    const { podTemplate } = jobs;
    const relay = { image: runnerImage, imagePullSecrets, resources: RELAY_RESOURCES };
    const deployment = this.#names.app;
    return { cluster, deployment, relay: { ...relay, ...(podTemplate && { podTemplate }) } };
  }

  #baseUrl(): string {
    const { cluster, service } = this.#args;
    const port = service.port === 80 ? "" : `:${String(service.port)}`;
    return `http://${this.#names.app}.${cluster.namespace}.svc${port}`;
  }

  #executor(): KubernetesExecutor {
    const { cluster, runnerImage, imagePullSecrets, migrations, jobs } = this.#args;
    const { backups, backupEnvironment } = this.#args;
    const fromArchive = migrations.kind === "archive";
    const claim = backups?.kind === "claim" ? backups.claim : this.#names.backups;
    return {
      kind: "kubernetes",
      cluster,
      image: fromArchive ? runnerImage : migrations.image,
      imagePullSecrets,
      databaseSecret: this.#stepSecret,
      ...(fromArchive && { migrationsConfigMap: this.#names.migrations }),
      ...(backups && { backupClaim: claim }),
      ...(backupEnvironment && { backupSecret: this.#names.backupSecret }),
      resources: jobs.resources,
      deadlineMs: jobs.deadlineMs,
      keepReleases: jobs.keep,
      ...(jobs.podTemplate && { podTemplate: jobs.podTemplate }),
    };
  }

  /** Options of what needs the stack's place in the cluster. */
  #within(options: Options, ...after: pulumi.Resource[]): Options {
    const before = [options.dependsOn ?? []].flat() as pulumi.Input<pulumi.Resource>[];
    const { deletedWith } = this.#cluster;
    const dependsOn = [this.#cluster, ...after, ...before];
    return { ...options, dependsOn, ...(deletedWith && { deletedWith }) };
  }

  #native(options: Options, ...after: pulumi.Resource[]): Options {
    return { ...this.#within(options, ...after), provider: this.#cluster.provider };
  }
}

/**
 * Tells that a secret changed without telling the secret: the cluster shows annotations to more people than Secrets,
 * so a guess costs a scrypt.
 */
function digestSecrets({
  url: own,
  appUrl = own,
  login,
  secretEnv,
  release,
}: ServiceSpec): pulumi.Output<string> {
  const salt = `${release.project}/${release.stack}`;
  const values = pulumi.output({ url: login ? login.url : appUrl, secretEnv });
  const digest = values.apply((all) => scryptSync(JSON.stringify(all), salt, 16).toString("hex"));
  return pulumi.unsecret(digest);
}
