// No pod gets more rights over its node than it needs (Pod Security Standards, level baseline, and no root).
import { containersOf, podSpecsOf, type PodSpec } from "../podSpecs.ts";
import { json, list, type Check, type Json, type Rule } from "../rule.ts";

/** Capabilities that the level baseline lets a container add. */
const ALLOWED: readonly unknown[] = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/** Looks at native pods and at what overrides of a step's Job say. */
export const noPrivilegedPods: Rule = {
  name: "no-privileged-pods",
  description: "No pod is privileged, shares the node's namespaces or files, or asks for root.",
  environments: ["dev", "staging", "prod"],
  start: (): Check => (resource) =>
    podSpecsOf(resource).flatMap((pod) => [
      ...podFaults(pod),
      ...containersOf(pod).flatMap(({ container, where }) => containerFaults(container, where)),
    ]),
};

function podFaults({ spec, where }: PodSpec): readonly string[] {
  const shared = ["hostNetwork", "hostPID", "hostIPC"].filter((name) => spec[name] === true);
  const mounted = list(spec.volumes).filter((volume) => volume.hostPath !== undefined);
  return [
    ...shared.map((name) => `The ${where} sets ${name}.`),
    ...mounted.map(
      (volume) => `The ${where} mounts a path of the node (hostPath ${String(volume.name)}).`,
    ),
    ...contextFaults(json(spec.securityContext), `The ${where}`),
  ];
}

function containerFaults(container: Json, where: string): readonly string[] {
  const context = json(container.securityContext);
  const added: unknown = json(context.capabilities).add;
  const extra = (Array.isArray(added) ? (added as unknown[]) : []).filter(
    (name) => !ALLOWED.includes(name),
  );
  const ports = list(container.ports).filter((port) => Number(port.hostPort ?? 0) > 0);
  return [
    ...(context.privileged === true ? [`The ${where} is privileged.`] : []),
    ...(context.allowPrivilegeEscalation === true
      ? [`The ${where} allows privilege escalation.`]
      : []),
    ...(extra.length > 0 ? [`The ${where} adds the capabilities ${extra.join(", ")}.`] : []),
    ...(ports.length > 0 ? [`The ${where} takes a port of the node (hostPort).`] : []),
    ...contextFaults(context, `The ${where}`),
  ];
}

/** What a pod's and a container's security context share. */
function contextFaults(context: Json, subject: string): readonly string[] {
  return [
    ...(context.runAsUser === 0 ? [`${subject} runs as root (runAsUser 0).`] : []),
    ...(context.runAsNonRoot === false ? [`${subject} allows root (runAsNonRoot false).`] : []),
    ...(json(context.seccompProfile).type === "Unconfined"
      ? [`${subject} switches seccomp off.`]
      : []),
  ];
}
