// The local platform: everything is a process of this machine.
import * as pulumi from "@pulumi/pulumi";
import { EmbeddedDatabase, Process, Step } from "../resources.ts";
import type { Platform } from "./platform.ts";

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

  createStep(name, spec, options) {
    return new Step(`${name}-step`, { ...spec, executor: { kind: "local" } }, options);
  },

  createService(name, spec, options) {
    const process = new Process(`${name}-process`, spec, options);
    return {
      baseUrl: process.baseUrl,
      app: { kind: "local", process: spec.name },
    };
  },
};
