// The app in the cluster: its account, Deployment, Service, disruption budget and secrets.
import type { types } from "@pulumi/kubernetes";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import { APP_FIELD_MANAGER } from "../../../provider/schema.ts";
import { planAppPods, type AppPods } from "./appPods.ts";
import { commonLabels, objectNames, selectorLabels, type Labels } from "./names.ts";

type Options = pulumi.CustomResourceOptions;

/** Makes the app's objects; `options` hold what the Deployment must wait for. */
export function createAppWorkload(name: string, pods: AppPods, options: Options): void {
  const { args, spec } = pods;
  const metadata = {
    name: objectNames(args).app,
    namespace: args.cluster.namespace,
    labels: { ...commonLabels(args), "app.kubernetes.io/component": "app" },
  };
  const account = new ServiceAccount(
    `${name}-account`,
    { metadata, automountServiceAccountToken: false },
    options,
  );
  const needed: pulumi.Resource[] = [account];
  if (Object.keys(spec.secretEnv).length > 0) {
    needed.push(createSecrets(name, pods, { metadata, options }));
  }
  createService(name, pods, { metadata, options });
  createBudget(name, pods, { metadata, options });
  const dependsOn = [...needed, ...[options.dependsOn ?? []].flat()] as pulumi.Resource[];
  createDeployment(name, pods, { metadata, options: { ...options, dependsOn } });
}

interface Part {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels };
  readonly options: Options;
}

function createSecrets(name: string, { args, spec }: AppPods, part: Part): Secret {
  return new Secret(
    `${name}-env`,
    {
      metadata: { ...part.metadata, name: objectNames(args).appSecrets },
      stringData: spec.secretEnv,
    },
    part.options,
  );
}

function createService(name: string, { args }: AppPods, { metadata, options }: Part): void {
  const { port, type } = args.service;
  new Service(
    `${name}-service`,
    {
      // Whether pods answer is for the gate to tell.
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        type,
        selector: selectorLabels(args, "app"),
        ports: [{ name: "http", port, targetPort: "http" }],
      },
    },
    options,
  );
}

function createBudget(name: string, { args }: AppPods, { metadata, options }: Part): void {
  const { maxUnavailable } = args.app;
  if (maxUnavailable === undefined) return;
  const selector = { matchLabels: selectorLabels(args, "app") };
  new PodDisruptionBudget(
    `${name}-budget`,
    { metadata, spec: { maxUnavailable, selector } },
    options,
  );
}

function createDeployment(name: string, pods: AppPods, { metadata, options }: Part): void {
  const { args, spec } = pods;
  const { replicas, rolloutTimeoutMs } = args.app;
  const { allowRetry } = spec;
  const annotations = {
    // A name that stays: to go back, the gate applies the former set under this very name.
    "pulumi.com/patchFieldManager": APP_FIELD_MANAGER,
    // The gate waits for the pods, since only it can also go back.
    "pulumi.com/skipAwait": "true",
    // What Pulumi remembers of a release that was taken back is what it would apply: a retry must differ.
    ...(allowRetry !== undefined && { "lockstep.dev/allow-retry": allowRetry }),
  };
  new Deployment(
    `${name}-deployment`,
    {
      metadata: { ...metadata, annotations },
      spec: {
        replicas,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: Math.ceil(rolloutTimeoutMs / 1_000),
        selector: { matchLabels: selectorLabels(args, "app") },
        // Never fewer pods than before, whatever the new ones do.
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" },
        },
        template: planAppPods(pods) as unknown as types.input.core.v1.PodTemplateSpec,
      },
    },
    options,
  );
}
