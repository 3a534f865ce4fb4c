// Which changes replace an object instead of updating it: the official plugin's table (its provider/diff.go), for
// the kinds of the stable API groups.
import type { Json } from "./kubeObject.ts";

/** A path as its steps; `*` is any element of a list. */
export type Pattern = readonly string[];

const CONTAINER =
  "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir";
const POD =
  "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName shareProcessNamespace subdomain terminationGracePeriodSeconds volumes";
const VOLUME =
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume";

const below = (prefix: readonly string[], names: string): readonly Pattern[] =>
  names.split(" ").map((name) => [...prefix, name]);

const ROLE_BINDING: readonly Pattern[] = [["roleRef"]];
const IMMUTABLE: Readonly<Record<string, readonly Pattern[]>> = {
  "apps/v1/DaemonSet": below(["spec"], "selector"),
  "apps/v1/Deployment": below(["spec"], "selector"),
  "apps/v1/StatefulSet": below(
    ["spec"],
    "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates",
  ),
  "batch/v1/Job": below(["spec"], "completions parallelism selector template"),
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ROLE_BINDING,
  "rbac.authorization.k8s.io/v1/RoleBinding": ROLE_BINDING,
  "storage.k8s.io/v1/StorageClass": [["parameters"], ["provisioner"]],
  "v1/PersistentVolume": below(["spec"], VOLUME),
  "v1/PersistentVolumeClaim": below(["spec"], "accessModes selector storageClassName volumeName"),
  "v1/Pod": [
    ...below(["spec"], POD),
    ...below(["spec", "containers", "*"], CONTAINER),
    ...below(["spec", "initContainers", "*"], CONTAINER),
  ],
  "v1/ResourceQuota": below(["spec"], "scopes"),
  "v1/Secret": [["type"]],
  "v1/Service": below(["spec"], "clusterIP"),
};
const IDENTITY: readonly Pattern[] = [
  ["metadata", "name"],
  ["metadata", "namespace"],
];

/** Whether ConfigMaps and Secrets are updated in place; the official default is to replace them. */
export interface Mutability {
  readonly configMaps: boolean;
  readonly secrets: boolean;
}

/** The paths whose change replaces `object`. */
export function forceNewPatterns(object: Json, mutable: Mutability): readonly Pattern[] {
  const kind = `${String(object.apiVersion)}/${String(object.kind)}`;
  if (kind === "v1/ConfigMap" && (!mutable.configMaps || object.immutable === true)) {
    return [...IDENTITY, ["binaryData"], ["data"]];
  }
  if (kind === "v1/Secret" && (!mutable.secrets || object.immutable === true)) {
    return [...IDENTITY, ["type"], ["stringData"], ["data"]];
  }
  return [...IDENTITY, ...(IMMUTABLE[kind] ?? [])];
}

/** Whether a change at `path`, to or from `value`, is one that `pattern` names. */
export function isNamedBy(pattern: Pattern, path: readonly string[], value: unknown): boolean {
  const common = Math.min(pattern.length, path.length);
  for (let i = 0; i < common; i += 1) {
    if (pattern[i] !== "*" && pattern[i] !== path[i]) return false;
  }
  return holds(value, pattern.slice(common));
}

function holds(value: unknown, pattern: Pattern): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  if (first === "*") return Object.values(value).some((inner) => holds(inner, rest));
  const inner = (value as Json)[first];
  return inner !== undefined && holds(inner, rest);
}
