// The Kubernetes cluster that tests under test/cluster use: `npm run test:cluster` starts it, or it is the one of KUBECONFIG.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import {
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  loadAllYaml,
  loadYaml,
  type V1Namespace,
} from "@kubernetes/client-node";
import { after, before } from "mocha";
import {
  appImage,
  type appReleases,
  postgresImage,
  runnerImage,
} from "../cluster/images/catalog.ts";
import { loadImages } from "../cluster/images/load.ts";
import { clusterFolder } from "../cluster/machine/folder.ts";
import { clusterNetwork } from "../cluster/machine/network.ts";
import { restartNode } from "../cluster/machine/restart.ts";
import { readState } from "../cluster/machine/state.ts";

/** One of the example's releases that there is an image of. */
export type AppRelease = (typeof appReleases)[number];

/** Images by digest, so that nobody else who builds them for the same cluster changes them. */
export interface TestImages {
  readonly runner: string;
  readonly postgres: string;
  readonly app: (release: AppRelease) => string;
}

/** A cluster that was started on this machine: more can be done with it than with any other. */
export interface OwnNode {
  /** The machine's address as pods reach it: a server that a test lets listen there can be called from a pod. */
  readonly hostAddress: string;
  /** Node ports are reached there. */
  readonly nodeAddress: string;
  /**
   * Cuts the node's power and switches it on again: every container is killed. Resolves when the node is ready. Only for tests
   * in test/cluster/alone, which run when no other does.
   */
  readonly restart: () => Promise<void>;
}

/** The cluster under test. */
export interface TestCluster {
  /** Path, for a stack's config or KUBECONFIG. */
  readonly kubeconfig: string;
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly images: TestImages;
  /** Undefined for a cluster that somebody else runs. */
  readonly node: OwnNode | undefined;
}

let opened: Promise<TestCluster> | undefined;

/** The cluster, with the images of this clone in it. Throws where KUBECONFIG names none: `npm run test:cluster` sets it. */
export function testCluster(): Promise<TestCluster> {
  opened ??= openCluster();
  return opened;
}

/**
 * Call it in a `describe`: a namespace for its tests, which goes with the last of them. Pods in it must satisfy the `restricted`
 * standard, as lockstep's own do on a strict cluster.
 */
export function useNamespace(prefix: string): { readonly name: string } {
  const name = `${prefix}-${randomBytes(3).toString("hex")}`;
  before(async () => {
    const { core } = await testCluster();
    const body = loadYaml<V1Namespace>(
      `metadata: {name: ${name}, labels: {pod-security.kubernetes.io/enforce: restricted}}`,
    );
    await core.createNamespace({ body });
  });
  after(async () => {
    const { core } = await testCluster();
    await core.deleteNamespace({ name });
  });
  return { name };
}

/** Creates what a YAML text describes, one object after the other, in `namespace`. */
export async function createFromYaml(namespace: string, text: string): Promise<void> {
  const { config } = await testCluster();
  const api = KubernetesObjectApi.makeApiClient(config);
  for (const object of loadAllYaml(text) as KubernetesObject[]) {
    object.metadata!.namespace = namespace;
    await api.create(object);
  }
}

async function openCluster(): Promise<TestCluster> {
  const kubeconfig = process.env.KUBECONFIG;
  if (!kubeconfig) throw new Error("no KUBECONFIG: run `npm run test:cluster -- FILE`");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const folder = clusterFolder(dirname(kubeconfig));
  if (!existsSync(folder.state)) {
    return { kubeconfig, config, core, images: foreignImages(), node: undefined };
  }
  const built = new Map((await loadImages(folder)).map(({ name, byDigest }) => [name, byDigest]));
  const images: TestImages = {
    runner: built.get(runnerImage("test"))!,
    postgres: built.get(postgresImage)!,
    app: (release) => built.get(appImage(release))!,
  };
  const { hostAddress, nodeAddress } = clusterNetwork((await readState(folder))!.network);
  const node = { hostAddress, nodeAddress, restart: () => restartNode(folder) };
  return { kubeconfig, config, core, images, node };
}

/** Another's cluster gets its images from a registry: LOCKSTEP_TEST_IMAGES takes the place of `localhost/lockstep`. */
function foreignImages(): TestImages {
  const prefix = process.env.LOCKSTEP_TEST_IMAGES;
  if (!prefix) {
    throw new Error(
      "KUBECONFIG names a cluster that was not started here: set LOCKSTEP_TEST_IMAGES to where it gets " +
        "runner:test, postgres:18 and app:1.0 to 1.2, such as registry.example/lockstep",
    );
  }
  const from = (name: string) => name.replace("localhost/lockstep", prefix);
  return {
    runner: from(runnerImage("test")),
    postgres: from(postgresImage),
    app: (release) => from(appImage(release)),
  };
}
