// The API's objects as far as they are looked at here, pods and Deployments aside; the API itself gives more.

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

/** A condition, as most kinds have them. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
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

/** `labels` as the API's selectors have them. */
export function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
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
