// The example's project with a stack on the test cluster.
import { testCluster, type AppRelease } from "../support/cluster.ts";
import { pluginPath } from "../support/kubernetesPlugin.ts";
import { makeProject, type PulumiProject } from "../support/pulumiProject.ts";

/** A project whose stack runs on the cluster. */
export interface ClusterProject extends PulumiProject {
  readonly namespace: string;
  /** Turns the stack to a release, with its image by digest. */
  readonly release: (label: AppRelease, image?: string) => Promise<void>;
  /** Where the app's Service answers, as this machine reaches it. */
  readonly serviceUrl: () => Promise<string>;
}

/** What the tests' cluster has no room or time for: a small pod is a quick pod. */
const SMALL = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "512Mi" } };
const PORT = 8080;

/** Makes the project; nothing runs yet. `config` is laid over the stack's. */
export async function makeClusterProject(
  config: Readonly<Record<string, unknown>> = {},
): Promise<ClusterProject> {
  const { kubeconfig, images, core } = await testCluster();
  const namespace = `story-${Math.random().toString(36).slice(2, 8)}`;
  const address = async (name: string) => {
    const { spec } = await core.readNamespacedService({ name, namespace });
    return spec?.clusterIP ?? "";
  };
  const podAddress = async (host: string) => {
    const name = `${host.split(".")[0] ?? host}-0`;
    const { status } = await core.readNamespacedPod({ name, namespace });
    return status?.podIP ?? "";
  };
  const project = await makeProject({
    // The second lets the bench ask for the log of events.
    env: { PATH: await pluginPath(), KUBECONFIG: kubeconfig, PULUMI_DEBUG_COMMANDS: "true" },
    config: {
      "lockstep:platform": "kubernetes",
      "lockstep:app": { image: images.app("1.0"), port: PORT },
      "lockstep:gate": {
        interval: "1s",
        watch: "4s",
        failures: 3,
        minRequests: 3,
        probesPerSecond: 20,
        probePaths: ["/customers?limit=1"],
      },
      "lockstep:drain": { quiet: "1s", timeout: "60s" },
      "lockstep:wait": { attempts: 60, interval: "500ms" },
      "lockstep:kubernetes": {
        kubeconfig,
        name: "vault",
        namespace: { name: namespace },
        runnerImage: images.runner,
        jobs: { resources: SMALL },
        app: {
          replicas: 2,
          resources: SMALL,
          preStop: "1s",
          stopTimeout: "5s",
          rolloutTimeout: "90s",
        },
        database: { image: images.postgres, storage: "1Gi", resources: SMALL },
        backups: { storage: "1Gi" },
      },
      ...config,
    },
    reach: async (text) => {
      const url = new URL(text);
      url.hostname = await podAddress(url.hostname);
      return url.href;
    },
  });
  return {
    ...project,
    namespace,
    release: (label, image = images.app(label)) =>
      project.configure({ "lockstep:release": label, "lockstep:app": { image, port: PORT } }),
    serviceUrl: async () => `http://${await address("vault")}`,
  };
}
