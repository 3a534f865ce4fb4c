// What every step of a release is told.
import type * as pulumi from "@pulumi/pulumi";
import type { MigrationsInput, ReleaseIdentity, StepSettings } from "../provider/schema.ts";
import type { Platform } from "./platforms/platform.ts";

/** Arguments that the steps of one release share. */
export interface StepArgs {
  readonly platform: Platform;
  readonly release: ReleaseIdentity;
  readonly migrations: MigrationsInput;
  /** Secret. Where the ledger and the data are. */
  readonly url: pulumi.Input<string>;
  readonly settings: StepSettings;
  /** What this step does, as a digest: it runs again when that changes. */
  readonly digest: string;
}
