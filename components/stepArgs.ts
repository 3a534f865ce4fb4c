// What every step of a release is told.
import type * as pulumi from "@pulumi/pulumi";
import type {
  ApprovalInput,
  DatabaseRoute,
  MigrationsInput,
  ReleaseIdentity,
  StepSettings,
} from "../provider/schema.ts";
import type { Notices } from "./notices.ts";
import type { Platform } from "./platforms/platform.ts";

/** Arguments that the steps of one release share. */
export interface StepArgs {
  readonly platform: Platform;
  readonly release: ReleaseIdentity;
  readonly migrations: MigrationsInput;
  /** Secret. Where the ledger and the data are. */
  readonly url: pulumi.Input<string>;
  /** How the plugin reaches the ledger, where that is not by the URL alone. */
  readonly route?: DatabaseRoute;
  /** Secret. Webhooks that hear how it went. */
  readonly notices?: Notices;
  readonly settings: StepSettings;
  /** Which contract files may run; without it they wait. */
  readonly approval?: ApprovalInput;
  /** `label#n`: lets the release that was rolled back n times be tried once more. */
  readonly allowRetry?: string;
  /** The digest of the plan that was previewed; any plan will do where it is missing. */
  readonly planDigest?: string;
  /** What this step does, as a digest: it runs again when that changes. */
  readonly digest: string;
}
