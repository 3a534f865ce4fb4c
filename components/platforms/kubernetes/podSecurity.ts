// What every pod of a stack may not do: the "restricted" level of Kubernetes' pod security standards, and no root file system to write to.

/** The pod's part. `fsGroup` owns its volumes, where it has some. */
export function podSecurity(fsGroup?: number) {
  return {
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
    ...(fsGroup !== undefined && { fsGroup, fsGroupChangePolicy: "OnRootMismatch" }),
  };
}

/** A container's part. */
export function containerSecurity(readOnlyRoot: boolean) {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: readOnlyRoot,
    capabilities: { drop: ["ALL"] },
  };
}
