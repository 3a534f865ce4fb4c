// The names and labels of what a stack has in a cluster: told by config alone, so that any step can find it.
import type { KubernetesArgs } from "./args.ts";

/** The container in the app's pods that is the app. */
export const APP_CONTAINER = "app";

/** The key of the stack's Secret that holds the database's URL. */
export const URL_KEY = "DATABASE_URL";

/** The key of the server's own URL, where the other one is a pooler's. */
export const DIRECT_URL_KEY = "DIRECT_URL";

/** Label values have at most 63 characters. */
const MAX_LABEL = 63;

/** Digits of a digest in a name: enough to tell contents apart. */
const DIGEST_DIGITS = 12;

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** The names of a stack's objects. */
export function objectNames({ name, migrations }: Pick<KubernetesArgs, "name" | "migrations">) {
  const digest = migrations.kind === "archive" ? migrations.digest.slice(0, DIGEST_DIGITS) : "";
  return {
    app: name,
    appSecrets: `${name}-env`,
    /** With the beginning of a release's digest: the login of that release. */
    appLogin: `${name}-login`,
    database: `${name}-database`,
    databaseSecret: `${name}-database`,
    migrations: `${name}-migrations-${digest}`,
    backups: `${name}-backups`,
    backupSecret: `${name}-backups`,
  };
}

/** The labels by which the pods of one part of a stack are found; they never change. */
export function selectorLabels(
  { name, stack }: Pick<KubernetesArgs, "name" | "stack">,
  component: "app" | "database",
): Labels {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/instance": labelValue(stack),
    "app.kubernetes.io/component": component,
  };
}

/** The labels of all that a stack has in a cluster. */
export function commonLabels(args: Pick<KubernetesArgs, "name" | "stack" | "project">): Labels {
  return {
    "app.kubernetes.io/name": args.name,
    "app.kubernetes.io/instance": labelValue(args.stack),
    "app.kubernetes.io/part-of": labelValue(args.project),
  };
}

/** `text` as a label's value. */
function labelValue(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, MAX_LABEL);
  return plain.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
}
