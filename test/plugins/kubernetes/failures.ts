// How operations fail: as the official plugin words it, and with what must go into state all the same.
import { NotReadyError } from "./await/readiness.ts";
import { ApiError, hasReason } from "./cluster.ts";
import type { Json } from "./kubeObject.ts";

const CONFLICT_HELP =
  "Server-Side Apply field conflict detected. See https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help.";

/** A resource as state keeps it. */
export interface Saved {
  readonly id: string;
  readonly outputs: Json;
  /** From a read only. */
  readonly inputs?: Json;
}

/** A resource that exists although the operation failed: it goes into state. */
export class InitFailure extends Error {
  readonly saved: Saved;
  readonly reasons: readonly string[];

  constructor(message: string, cause: unknown, saved: Saved) {
    super(message, { cause });
    this.saved = saved;
    this.reasons = [message, ...(cause instanceof NotReadyError ? cause.problems : [])];
  }
}

/** Errors in a preview that say nothing about the update: what they miss will be there by then. */
export function isNoAnswerToAPreview(error: unknown): boolean {
  const cause = error instanceof ApiError ? error : (error as { cause?: unknown }).cause;
  if (!(cause instanceof ApiError)) return messageOf(error).includes("cannot be reached");
  const { reason, about, message } = cause;
  // A replacement that is previewed under the old object's name.
  if (reason === "Invalid" && message.includes("field is immutable")) return true;
  return (
    ["AlreadyExists", "Forbidden", "NoMatch"].includes(reason) ||
    (reason === "NotFound" && about === "namespaces")
  );
}

/** A conflict with its remedy; any other error as it is. */
export function explained(error: unknown, manager: string): unknown {
  if (!hasReason(error, "Conflict")) return error;
  const text = `The resource managed by field manager "${manager}" had an apply conflict: ${error.message}`;
  return new Error(`${CONFLICT_HELP}\n${text}`, { cause: error });
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
