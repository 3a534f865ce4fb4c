// The local platform: everything is a process of this machine.
import * as pulumi from "@pulumi/pulumi";
import type { BackupStore } from "../../provider/schema.ts";
import { EmbeddedDatabase, Process, Step } from "../resources.ts";
import { urlsOf, type Platform, type ServiceSpec } from "./platform.ts";

/** The name of the app's database in the embedded server. */
const DATABASE_NAME = "app";

/** The platform that needs nothing but this machine. */
export const localPlatform: Platform = {
  kind: "local",

  createDatabase(name, { project, stack, port }, options) {
    const inputs = { location: `${project}/${stack}`, database: DATABASE_NAME };
    const database = new EmbeddedDatabase(
      `${name}-server`,
      port === undefined ? inputs : { ...inputs, port },
      options,
    );
    return { url: pulumi.secret(database.url) };
  },

  useDatabase(_name, source) {
    if ("url" in source) return urlsOf(source);
    throw new pulumi.InputPropertyError({
      propertyPath: "secret",
      reason: "a Secret is a cluster's: on platform local the database is given as a URL",
    });
  },

  createStep(name, spec, options) {
    return new Step(`${name}-step`, { ...spec, executor: { kind: "local" } }, options);
  },

  createService(name, spec, options) {
    const process = new Process(`${name}-process`, toProcess(spec), options);
    return {
      baseUrl: process.baseUrl,
      app: { kind: "local", process: spec.name },
    };
  },
};

/** The same, where the stack says where backups go and how they are sealed. */
export function localPlatformWith(store: pulumi.Input<BackupStore>): Platform {
  return {
    ...localPlatform,
    createStep(name, spec, options) {
      if (spec.step !== "backup") return localPlatform.createStep(name, spec, options);
      return localPlatform.createStep(
        name,
        { ...spec, backupStore: pulumi.secret(store) },
        options,
      );
    },
  };
}

function toProcess(spec: ServiceSpec) {
  const {
    artifact,
    env,
    secretEnv,
    appUrl = spec.url,
    counterLogin,
    replicas,
    login,
    ...rest
  } = spec;
  // A process asks for neither: its plugin reaches the ledger directly, and sees what runs.
  const { releaseId: _id, route: _route, allowRetry: _retry, ...shared } = rest;
  if (artifact.kind !== "tree") {
    throw new pulumi.InputPropertyError({
      propertyPath: "artifact",
      reason: "platform local runs a folder's files, not an image",
    });
  }
  const { dir, files, command, digest } = artifact;
  return {
    ...shared,
    dir,
    ...(files && { files }),
    treeDigest: digest,
    command,
    ...(replicas !== undefined && { replicas: pulumi.secret(replicas) }),
    ...(counterLogin !== undefined && { counterLogin: pulumi.secret(counterLogin) }),
    ...(login && { login: pulumi.secret({ login }) }),
    env: pulumi.output({
      ...{ DATABASE_URL: appUrl, ...env, ...secretEnv },
      ...(login && { DATABASE_URL: login.url }),
    }),
  };
}
