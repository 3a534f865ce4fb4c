// What a component asks of the platform that a stack runs on.
import type * as pulumi from "@pulumi/pulumi";
import type { AppHandle, ProcessInputs, StepInputs } from "../../provider/schema.ts";
import type { Inputs, Step } from "../resources.ts";

/**
 * Turns a database, a step or a service into resources. A platform decides where things run, never
 * in which order: order comes in with `options`, as do parent and protection.
 */
export interface Platform {
  readonly kind: "local";
  /** A database of lockstep's own. Components don't call it where the stack names an external one. */
  createDatabase(
    name: string,
    spec: DatabaseSpec,
    options: pulumi.CustomResourceOptions,
  ): PlatformDatabase;
  /** One lockstep command, run where this platform runs commands: child process, container, Job. */
  createStep(name: string, spec: StepSpec, options: pulumi.CustomResourceOptions): Step;
  /** The app, replacing the release that runs. */
  createService(
    name: string,
    spec: ServiceSpec,
    options: pulumi.CustomResourceOptions,
  ): PlatformService;
}

/** A database to make. */
export interface DatabaseSpec {
  readonly project: string;
  readonly stack: string;
  /** Fixed port; the platform chooses when undefined. */
  readonly port: number | undefined;
}

/** A database that was made. */
export interface PlatformDatabase {
  /** Secret. */
  readonly url: pulumi.Output<string>;
}

/** A step, but for where it runs. */
export type StepSpec = Omit<Inputs<StepInputs>, "executor">;

/**
 * An app to run: what `Process` takes. A container platform takes the image where `local` takes
 * the tree, so that part becomes a union with the first of them.
 */
export interface ServiceSpec extends Omit<Inputs<ProcessInputs>, "name"> {
  /** Plain: gate and drain must find the app whatever became of its resource. */
  readonly name: string;
}

/** An app that runs, with what the steps after it need to find it. */
export interface PlatformService {
  /** Where it answers as seen from the plugin. */
  readonly baseUrl: pulumi.Output<string>;
  /** How gate and drain find it. */
  readonly app: AppHandle;
}
