// The versions of what lockstep runs on, in one place.

/** Version of the Pulumi CLI that set-up downloads or builds; the newest whose Go module builds from released modules alone. */
export const pulumiVersion = "3.255.0";

/** Oldest Pulumi CLI on PATH that is used as it is: the version of @pulumi/pulumi in package.json. */
export const minimumPulumiVersion = "3.245.0";

/** Oldest Node.js that lockstep runs on; the same number stands under `engines` in package.json. */
export const minimumNodeVersion = "20.19.0";

/** Oldest Go toolchain that builds the Pulumi CLI, as its own go.mod asks. */
export const minimumGoVersion = "1.26.0";
