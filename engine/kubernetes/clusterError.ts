// Errors of a cluster's API in plain words: unreachable, refused, or what the server says.
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";

/** The API's own form of an answer that is no success (meta/v1 Status). */
export interface ApiStatus {
  /** The HTTP status. */
  readonly code: number;
  readonly message: string;
  /** `NotFound`, `AlreadyExists`, `Forbidden`, … */
  readonly reason?: string;
  readonly details?: { readonly kind?: string; readonly group?: string; readonly name?: string };
}

/** An answer of the API that is no success; the `cause` of the LockstepError that tells of it. */
export class ApiFailure extends Error {
  readonly status: ApiStatus;

  constructor(status: ApiStatus) {
    super(status.message);
    this.status = status;
  }
}

/** What the API answered, where `error` came from an answer; undefined where it never came so far. */
export function apiStatus(error: unknown): ApiStatus | undefined {
  if (error instanceof ApiFailure) return error.status;
  return isLockstepError(error) && error.cause instanceof ApiFailure
    ? error.cause.status
    : undefined;
}

/** Whether the API answered with this HTTP status: 404 not there, 409 there already or changed meanwhile. */
export function isStatus(error: unknown, code: number): boolean {
  return apiStatus(error)?.code === code;
}

interface Attempt {
  readonly cluster: string;
  /** `create the Job shop-expand` */
  readonly doing: string;
}

/** The error for an answer of the API that is no success. */
export function apiError(failure: ApiFailure, { cluster, doing }: Attempt): LockstepError {
  const { code, message } = failure.status;
  const base = { where: cluster, seen: message, cause: failure };
  const failed = `The cluster refused to ${doing}`;
  if (code === 401) {
    return new LockstepError("CLUSTER", "The cluster does not accept the kubeconfig's account", {
      ...base,
      likely: "its token or certificate has expired, or belongs to another cluster",
      next: "log in to the cluster again, then `pulumi up`",
    });
  }
  const right = code === 403 ? missingRight(message) : undefined;
  if (right) {
    return new LockstepError("CLUSTER", failed, {
      ...base,
      likely: "the account that runs this lacks the right",
      next: `add this rule to its ${right.kind}:\n${right.rule}`,
    });
  }
  return new LockstepError("CLUSTER", failed, { ...base, ...advice(code, message) });
}

/** What to make of an answer that is no lack of rights. The texts are the API server's own. */
function advice(code: number, message: string): { likely?: string; next?: string } {
  if (/exceeded quota|must specify (limits|requests)/.test(message)) {
    return {
      likely: "the namespace's ResourceQuota has no room for it",
      next: "raise the quota, or lower `lockstep:kubernetes.jobs.resources`",
    };
  }
  if (/violates PodSecurity/.test(message)) {
    return {
      likely: "the namespace's pod security level forbids something in the pod template",
      next: "change `podTemplate` so that it fits; lockstep's own template fits `restricted`",
    };
  }
  if (/admission webhook|ValidatingAdmissionPolicy|denied request/.test(message)) {
    return { likely: "a policy of the cluster forbids it", next: "change what the policy names" };
  }
  if (code === 404) return { likely: "it, or its namespace, is not there (any more)" };
  if (code === 422 || code === 400) {
    return { likely: "an override in `lockstep:kubernetes` is not what the API knows" };
  }
  if (code === 429 || code >= 500) {
    return { likely: "the API server is overloaded or starting", next: "run `pulumi up` again" };
  }
  return {};
}

/** The RBAC rule that a refusal asks for. The message is the API server's: `cannot create resource "jobs" in …`. */
function missingRight(message: string): { kind: string; rule: string } | undefined {
  const found =
    /cannot (?<verb>[a-z]+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)"(?<inside> in the namespace)?/.exec(
      message,
    )?.groups;
  if (!found) return undefined;
  const { verb = "", resource = "", group = "", inside } = found;
  return {
    kind: inside ? "Role" : "ClusterRole",
    rule: `- apiGroups: ["${group}"]\n  resources: ["${resource}"]\n  verbs: ["${verb}"]`,
  };
}

const TLS_FAULT = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|HOSTNAME_MISMATCH)/;

/** The error for an exchange that broke off, or never began. */
export function accessError(error: unknown, { cluster, doing }: Attempt): unknown {
  if (isLockstepError(error)) return error;
  if (!(error instanceof Error)) return error;
  // The caller's own abort is no fault of the cluster; a time limit is.
  if (error.name === "AbortError") return error;
  const code = "code" in error ? String(error.code) : "";
  const base = { where: cluster, cause: error };
  const failed = `Could not ${doing}`;
  if (TLS_FAULT.test(code)) {
    return new LockstepError("CLUSTER", failed, {
      ...base,
      seen: `${code}: ${error.message}`,
      likely: "the kubeconfig's certificate authority is not the one of this cluster",
      next: "fetch the kubeconfig again",
    });
  }
  if (code === "ENOENT") {
    return new LockstepError("CLUSTER", failed, {
      ...base,
      seen: error.message,
      likely: "a file or the login program that the kubeconfig names is not on this machine",
      next: "install it, or name another kubeconfig: pulumi config set --path lockstep:kubernetes.kubeconfig FILE",
    });
  }
  return new LockstepError("CLUSTER", `${failed}: the cluster cannot be reached`, {
    ...base,
    seen: error.name === "TimeoutError" ? "no answer within 30 s" : error.message || code,
    likely: "it is down, or this machine has no way to it (VPN, firewall, proxy)",
    next: "kubectl cluster-info, then `pulumi up` again",
  });
}
