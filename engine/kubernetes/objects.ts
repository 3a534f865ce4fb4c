// The API's objects as far as a step's Job is concerned; the API itself gives more.
import type { Condition } from "./pods.ts";

/** What every object has. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** Set once the object is being deleted. */
    readonly deletionTimestamp?: string;
  };
}

export interface ApiList<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/** batch/v1 Job. */
export interface Job extends ApiObject {
  readonly metadata: ApiObject["metadata"] & {
    /** ISO 8601, by the API server's clock. */
    readonly creationTimestamp: string;
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** core/v1 Event. */
export interface ClusterEvent extends ApiObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  /** ISO 8601; a repeated event is the same one with a later time. */
  readonly lastTimestamp?: string | null;
  /** In its place where the event is not counted. */
  readonly eventTime?: string | null;
  readonly involvedObject: { readonly kind?: string; readonly name?: string };
}

/** The condition of this type where it is true. */
export function trueCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((one) => one.type === type && one.status === "True");
}

/** Whether the Job is over, well or not. */
export function isJobOver({ status }: Job): boolean {
  const conditions = status?.conditions;
  return (
    trueCondition(conditions, "Complete") !== undefined ||
    trueCondition(conditions, "Failed") !== undefined
  );
}
