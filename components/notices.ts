// Webhooks as components hand them on: encrypted.
import type * as pulumi from "@pulumi/pulumi";
import type { Noticed } from "../provider/schema.ts";

/** Webhooks that hear of a release. */
export type Notices = pulumi.Output<NonNullable<Noticed["notices"]>>;
