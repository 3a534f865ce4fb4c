// What a release is: one digest over the app, the migrations and the app's config.
import { createHash } from "node:crypto";

/** What makes one release differ from another. A gate's settings are not part of it. */
export interface ReleaseContent {
  /** sha256 of the app's tree, or its image's digest. */
  readonly appDigest: string;
  /** `migrationsDigest` of the files that the release takes. */
  readonly migrationsDigest: string;
  /** How the app is started, without what lockstep itself adds and without secrets. */
  readonly appConfig: {
    readonly command: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly port: number;
    /** How its pods look, where it runs in pods: `{ resources, … }`. */
    readonly pods?: unknown;
  };
}

/** Hex digits of the digest in a release's id: enough to tell releases apart, short enough to read. */
const ID_DIGITS = 12;

/** sha256, hex: the identity of a release. The label is not part of it. */
export function releaseDigest(content: ReleaseContent): string {
  const { appDigest, migrationsDigest: migrations, appConfig } = content;
  const env = Object.entries(appConfig.env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = ["release 1", appDigest, migrations, appConfig.command, env, appConfig.port];
  const pods = appConfig.pods === undefined ? [] : [appConfig.pods];
  return sha256(JSON.stringify([...parts, ...pods]));
}

/** What the app is told it is, and what logs name: `1.1-3f9c2ab41c07`. */
export function releaseId(label: string, digest: string): string {
  return `${label}-${digest.slice(0, ID_DIGITS)}`;
}

/** sha256, hex, over order and checksum of `files` in the order given. */
export function migrationsDigest(
  files: readonly { readonly order: bigint; readonly checksum: string }[],
): string {
  return sha256(files.map((file) => `${file.order.toString()}:${file.checksum}\n`).join(""));
}

/** sha256, hex, of what a step does for a release: it runs again when any of `parts` changes. */
export function stepDigest(step: string, parts: readonly string[]): string {
  return sha256(JSON.stringify(["step 1", step, ...parts]));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
