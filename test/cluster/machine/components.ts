// The programs of the cluster, and with which arguments each is started.
import { join } from "node:path";
import { kubeconfigOf } from "./configFiles.ts";
import { type ClusterFolder, nodeName } from "./folder.ts";
import { type ClusterNetwork } from "./network.ts";
import { type ClusterPrograms } from "./programs.ts";

/** Where the metrics server listens; manifests.yaml has it too. */
const METRICS_PORT = 4443;

/** A program of the cluster by the name that state.json and its log file have for it. */
export type ComponentName =
  | "etcd"
  | "containerd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubelet"
  | "kube-proxy"
  | "coredns"
  | "provisioner"
  | "metrics-server";

/** What the command lines depend on. */
export interface ComponentContext {
  readonly folder: ClusterFolder;
  readonly network: ClusterNetwork;
  readonly programs: ClusterPrograms;
  /** Where Debian's packages were unpacked. */
  readonly debian: string;
}

/** The command line of each component. */
export function componentCommands(
  context: ComponentContext,
): Readonly<Record<ComponentName, readonly string[]>> {
  const { folder, network, programs, debian } = context;
  const program = (name: string) => join(programs.kubernetes, name);
  const addon = (name: string) => join(programs.addons, name);
  const config = (name: string) => join(folder.config, name);
  return {
    etcd: [join(debian, "usr/bin/etcd"), ...etcdFlags(folder)],
    containerd: [join(debian, "usr/bin/containerd"), "--config", config("containerd.toml")],
    "kube-apiserver": [program("kube-apiserver"), ...apiServerFlags(folder, network)],
    "kube-controller-manager": [program("kube-controller-manager"), ...managerFlags(folder)],
    "kube-scheduler": [
      program("kube-scheduler"),
      `--kubeconfig=${kubeconfigOf(folder, "scheduler")}`,
      "--leader-elect=false",
      "--bind-address=127.0.0.1",
    ],
    kubelet: [
      program("kubelet"),
      `--config=${config("kubelet.yaml")}`,
      `--kubeconfig=${kubeconfigOf(folder, "kubelet")}`,
      `--root-dir=${folder.kubelet}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.nodeAddress}`,
      // Looking at each container's figures is most of what an idle kubelet does.
      "--housekeeping-interval=10s",
    ],
    "kube-proxy": [program("kube-proxy"), `--config=${config("kube-proxy.yaml")}`],
    coredns: [addon("coredns"), "-conf", config("Corefile")],
    provisioner: [
      addon("provisioner"),
      `-kubeconfig=${folder.kubeconfig}`,
      `-folder=${folder.volumes}`,
      `-node=${nodeName}`,
    ],
    "metrics-server": [join(programs.metrics, "metrics-server"), ...metricsFlags(folder, network)],
  };
}

function etcdFlags(folder: ClusterFolder): string[] {
  return [
    `--data-dir=${folder.etcd}`,
    // Plain HTTP: 127.0.0.1 is the namespace's own, and only the cluster's programs are in there.
    "--listen-client-urls=http://127.0.0.1:2379",
    "--advertise-client-urls=http://127.0.0.1:2379",
    "--listen-peer-urls=http://127.0.0.1:2380",
    "--initial-advertise-peer-urls=http://127.0.0.1:2380",
    "--initial-cluster=default=http://127.0.0.1:2380",
    // One member has nobody to convince: it may be slow.
    "--heartbeat-interval=1000",
    "--election-timeout=5000",
  ];
}

function apiServerFlags(folder: ClusterFolder, network: ClusterNetwork): string[] {
  const certificate = (name: string) => join(folder.certificates, name);
  return [
    `--advertise-address=${network.nodeAddress}`,
    `--bind-address=${network.nodeAddress}`,
    "--secure-port=6443",
    "--etcd-servers=http://127.0.0.1:2379",
    `--service-cluster-ip-range=${network.serviceRange}`,
    `--client-ca-file=${certificate("ca.crt")}`,
    `--tls-cert-file=${certificate("apiserver.crt")}`,
    `--tls-private-key-file=${certificate("apiserver.key")}`,
    `--kubelet-certificate-authority=${certificate("ca.crt")}`,
    `--kubelet-client-certificate=${certificate("apiserver-kubelet-client.crt")}`,
    `--kubelet-client-key=${certificate("apiserver-kubelet-client.key")}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${certificate("sa.pub")}`,
    `--service-account-signing-key-file=${certificate("sa.key")}`,
    // Who calls is passed on to the metrics server in these headers.
    `--requestheader-client-ca-file=${certificate("ca.crt")}`,
    "--requestheader-allowed-names=front-proxy",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--proxy-client-cert-file=${certificate("front-proxy.crt")}`,
    `--proxy-client-key-file=${certificate("front-proxy.key")}`,
    "--enable-aggregator-routing=true",
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    "--profiling=false",
  ];
}

function managerFlags(folder: ClusterFolder): string[] {
  return [
    `--kubeconfig=${kubeconfigOf(folder, "controller-manager")}`,
    `--root-ca-file=${join(folder.certificates, "ca.crt")}`,
    `--service-account-private-key-file=${join(folder.certificates, "sa.key")}`,
    "--use-service-account-credentials=true",
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    "--profiling=false",
    "--controllers=*,-horizontal-pod-autoscaler-controller",
  ];
}

/** The shortest resolution that it knows: a test waits for a new pod's first figures. */
function metricsFlags(folder: ClusterFolder, network: ClusterNetwork): string[] {
  const certificate = (name: string) => join(folder.certificates, name);
  const kubeconfig = kubeconfigOf(folder, "metrics-server");
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${network.nodeAddress}`,
    `--secure-port=${METRICS_PORT}`,
    `--tls-cert-file=${certificate("metrics-server.crt")}`,
    `--tls-private-key-file=${certificate("metrics-server.key")}`,
    `--kubelet-certificate-authority=${certificate("ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--metric-resolution=10s",
    "--kubelet-request-timeout=9s",
  ];
}
