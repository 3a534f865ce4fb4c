// Where the parts of one test cluster lie: everything it writes is below one folder.
import { join, resolve } from "node:path";

/** The paths of one cluster; all of them vanish with `root`. */
export interface ClusterFolder {
  readonly root: string;
  /** What the cluster is and which processes it has: see state.ts. */
  readonly state: string;
  /** For people and programs outside; 0600, a cluster administrator. */
  readonly kubeconfig: string;
  readonly certificates: string;
  readonly config: string;
  readonly logs: string;
  readonly etcd: string;
  readonly kubelet: string;
  readonly containerd: string;
  readonly cni: string;
  /** The folders of persistent volumes. */
  readonly volumes: string;
  /** What the cluster's processes write below /var, which they see through an overlay. */
  readonly overlay: string;
  readonly images: string;
}

/** The layout of the cluster in `folder`. */
export function clusterFolder(folder: string): ClusterFolder {
  const root = resolve(folder);
  return {
    root,
    state: join(root, "state.json"),
    kubeconfig: join(root, "kubeconfig"),
    certificates: join(root, "certificates"),
    config: join(root, "config"),
    logs: join(root, "logs"),
    etcd: join(root, "etcd"),
    kubelet: join(root, "kubelet"),
    containerd: join(root, "containerd"),
    cni: join(root, "cni"),
    volumes: join(root, "volumes"),
    overlay: join(root, "overlay"),
    images: join(root, "images"),
  };
}

/** The one node's name. */
export const nodeName = "lockstep-node";

/** The socket of the cluster's own containerd. */
export function containerdSocket(folder: ClusterFolder): string {
  return join(folder.containerd, "containerd.sock");
}
