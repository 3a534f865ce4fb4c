// The refusals that need the ledger, made before anything is changed.
import * as pulumi from "@pulumi/pulumi";
import type {
  AdmissionInputs,
  ApprovalInput,
  DatabaseRoute,
  DriftInput,
  MigrationsInput,
  PlatformKind,
  ReleaseIdentity,
  RiskInput,
  Verdict,
  WaitInput,
} from "../provider/schema.ts";
import { childOptions } from "./children.ts";
import type { Notices } from "./notices.ts";
import { AdmissionCheck } from "./resources.ts";
import { ensureArguments, positive, releaseRules } from "./validation.ts";

/** Arguments of `Admission`. */
export interface AdmissionArgs {
  readonly release: ReleaseIdentity;
  readonly migrations: MigrationsInput;
  /** Secret. */
  readonly url: pulumi.Input<string>;
  /** How the plugin reaches the ledger, where that is not by the URL alone. */
  readonly route?: DatabaseRoute;
  /** Secret. Webhooks that hear how it went. */
  readonly notices?: Notices;
  /** How long to wait for the database. */
  readonly wait: WaitInput;
  /** Whether the database is lockstep's own, which an update starts where it is stopped. */
  readonly managed: boolean;
  /** Where the stack runs. */
  readonly platform: PlatformKind;
  /** @default told, nothing ignored */
  readonly drift?: DriftInput;
  /** When the release will be applied in maintenance. @default never */
  readonly maintenance?: NonNullable<AdmissionInputs["maintenance"]>;
  /** Whether pending files must have passed a rehearsal. @default false */
  readonly rehearsalRequired?: boolean;
  /** Secret. The server that rehearsals run on. @default a scratch cluster of the plugin's machine */
  readonly rehearsalUrl?: pulumi.Input<string>;
  readonly approval?: ApprovalInput;
  /** What the stack asks for where a release is risky. @default the documents' table */
  readonly risk?: RiskInput;
  /** Levels of lint's rules, by id. @default each rule's own */
  readonly lint?: NonNullable<AdmissionInputs["lint"]>;
  /** `label#n`: lets the release that was rolled back n times be tried once more. */
  readonly allowRetry?: string;
  /** The digest of the plan that was previewed; any plan will do where it is missing. */
  readonly planDigest?: string;
}

/** Looks at history and releases in every preview and up; a refusal stops all that follows. */
export class Admission extends pulumi.ComponentResource {
  readonly verdict: pulumi.Output<Verdict>;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: AdmissionArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Admission", [
      ...releaseRules(args),
      ["wait.attempts", args.wait.attempts >= 1, "at least 1"],
      positive("wait.intervalMs", args.wait.intervalMs),
    ]);
    super("lockstep:components:Admission", name, {}, options);
    this.verdict = new AdmissionCheck(`${name}-check`, args, childOptions(this, options)).verdict;
    this.registerOutputs({ verdict: this.verdict });
  }
}
