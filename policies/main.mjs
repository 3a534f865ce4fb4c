// What the engine loads as the policy pack: pack.ts in its compiled form.
import { launch } from "../toolchain/launch.mjs";

// Not awaited: Pulumi's loader takes modules without a wait at the top only, and the pack answers once it has started its server.
launch("policies");
