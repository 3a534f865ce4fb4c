// The configuration files of the cluster's programs, and who may talk to the API server with which kubeconfig.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { type CertificateName } from "./certificates.ts";
import { type ClusterFolder, containerdSocket, nodeName } from "./folder.ts";
import { type ClusterNetwork } from "./network.ts";

/** The image of the container that holds a pod's namespaces. */
export const pauseImage = "localhost/lockstep/pause:test";

/** Writes every configuration file, and the administrator's kubeconfig. `debian` is where its packages were unpacked. */
export async function writeConfigFiles(
  folder: ClusterFolder,
  network: ClusterNetwork,
  debian: string,
): Promise<void> {
  await mkdir(join(folder.config, "cni"), { recursive: true, mode: 0o700 });
  const files: Record<string, string> = {
    "containerd.toml": containerdConfig(folder, debian),
    "cni/10-lockstep.conflist": JSON.stringify(cniConfig(folder, network), undefined, 2),
    "kubelet.yaml": stringify(kubeletConfig(folder, network)),
    "kube-proxy.yaml": stringify(kubeProxyConfig(folder, network)),
    "resolv.conf": "# The cluster reaches nobody outside.\n",
    Corefile: corefile(folder, network),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder.config, name), text, { mode: 0o600 });
  }
  const users = [
    "controller-manager",
    "scheduler",
    "kubelet",
    "kube-proxy",
    "metrics-server",
  ] as const;
  for (const user of users) {
    await writeKubeconfig(folder, network, { user, path: kubeconfigOf(folder, user) });
  }
  await writeKubeconfig(folder, network, { user: "admin", path: folder.kubeconfig });
}

/** The kubeconfig of one of the cluster's own programs. */
export function kubeconfigOf(folder: ClusterFolder, user: CertificateName): string {
  return join(folder.config, `${user}.kubeconfig`);
}

async function writeKubeconfig(
  folder: ClusterFolder,
  network: ClusterNetwork,
  target: { readonly user: CertificateName; readonly path: string },
): Promise<void> {
  const file = async (name: string) =>
    (await readFile(join(folder.certificates, name))).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "lockstep-test",
        cluster: {
          server: `https://${network.nodeAddress}:6443`,
          "certificate-authority-data": await file("ca.crt"),
        },
      },
    ],
    users: [
      {
        name: target.user,
        user: {
          "client-certificate-data": await file(`${target.user}.crt`),
          "client-key-data": await file(`${target.user}.key`),
        },
      },
    ],
    contexts: [{ name: "lockstep-test", context: { cluster: "lockstep-test", user: target.user } }],
    "current-context": "lockstep-test",
  };
  await writeFile(target.path, stringify(config), { mode: 0o600 });
}

/** `restrict_oom_score_adj`: where this process may not lower its own score, a container's may not be lower either. */
function containerdConfig(folder: ClusterFolder, debian: string): string {
  const text = (value: string) => JSON.stringify(value);
  return `version = 2
root = ${text(join(folder.containerd, "root"))}
state = "/run/lockstep-containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.internal.v1.tracing",
]

[grpc]
address = ${text(containerdSocket(folder))}

[plugins."io.containerd.internal.v1.opt"]
path = ${text(join(folder.containerd, "opt"))}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${text(pauseImage)}
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${text(join(debian, "usr/lib/cni"))}
conf_dir = ${text(join(folder.config, "cni"))}
`;
}

/** One cable for each pod: all traffic is routed, so that services work without the kernel's bridge filter. */
function cniConfig(folder: ClusterFolder, network: ClusterNetwork) {
  return {
    cniVersion: "0.4.0",
    name: "lockstep",
    plugins: [
      {
        type: "ptp",
        ipam: {
          type: "host-local",
          dataDir: folder.cni,
          ranges: [[{ subnet: network.podRange }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  };
}

function kubeletConfig(folder: ClusterFolder, network: ClusterNetwork) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: network.nodeAddress,
    healthzBindAddress: "127.0.0.1",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(folder.certificates, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: join(folder.certificates, "kubelet.crt"),
    tlsPrivateKeyFile: join(folder.certificates, "kubelet.key"),
    containerRuntimeEndpoint: `unix://${containerdSocket(folder)}`,
    volumePluginDir: join(folder.kubelet, "volume-plugins"),
    clusterDNS: [network.nodeAddress],
    clusterDomain: "cluster.local",
    resolvConf: join(folder.config, "resolv.conf"),
    // A machine with the old control groups, or in a container, has none to give for classes of pods.
    failCgroupV1: false,
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    // Images come from no registry, so one that was removed to save space would be gone.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      "memory.available": "50Mi",
      "nodefs.available": "1%",
      "imagefs.available": "1%",
    },
    makeIPTablesUtilChains: false,
    serializeImagePulls: false,
    // kubelet 1.34.4 panics in doPodResizeAction where pods have no cgroup of their own (cgroupsPerQOS: false).
    featureGates: { InPlacePodVerticalScaling: false },
    enableProfilingHandler: false,
  };
}

function kubeProxyConfig(folder: ClusterFolder, network: ClusterNetwork) {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: network.podRange,
    hostnameOverride: nodeName,
    clientConnection: { kubeconfig: kubeconfigOf(folder, "kube-proxy") },
    // Zero leaves the kernel's limits as they are: they belong to the whole machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    nftables: { minSyncPeriod: "100ms", syncPeriod: "5m" },
  };
}

/** Names outside the cluster are answered with "no such name", so that a lookup of one fails at once. */
function corefile(folder: ClusterFolder, network: ClusterNetwork): string {
  return `.:53 {
    bind ${network.nodeAddress}
    errors
    ready ${network.nodeAddress}:8181
    kubernetes cluster.local in-addr.arpa {
        kubeconfig ${folder.kubeconfig}
        ttl 1
    }
    template ANY ANY . {
        rcode NXDOMAIN
    }
}
`;
}
