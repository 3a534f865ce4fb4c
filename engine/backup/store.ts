// What a stack says of where its backups go and how they are sealed, as the environment that backups are taken in.
import { bucketParts } from "./place.ts";
import { PROOF_URL_VARIABLE } from "./proofWish.ts";

/** Where backups go, and what is needed for it. All of it is handled as a secret. */
export interface BackupStore {
  /** 32 random bytes, in base64 or hex. */
  readonly key?: string;
  /** `s3://bucket/prefix`. @default a folder, or the claim of the Job */
  readonly bucket?: string;
  /** Address of a store that is not Amazon's. */
  readonly endpoint?: string;
  readonly region?: string;
  /** Both or none. @default as the SDK finds them */
  readonly accessKey?: string;
  readonly secretKey?: string;
  /** The server that a proof restores into. @default a scratch server of the machine that takes it */
  readonly proofUrl?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `store` as environment variables; what it does not say is left out. Holds secrets. */
export function storeEnvironment(store: BackupStore): Record<string, string> {
  const { key, bucket, endpoint, region, accessKey, secretKey, proofUrl } = store;
  const said = {
    LOCKSTEP_BACKUP_KEY: key,
    LOCKSTEP_BACKUPS: bucket,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    [PROOF_URL_VARIABLE]: proofUrl,
    ...(accessKey !== undefined &&
      secretKey !== undefined && {
        AWS_ACCESS_KEY_ID: accessKey,
        AWS_SECRET_ACCESS_KEY: secretKey,
        // Of another pair, these would spoil this one.
        AWS_SESSION_TOKEN: "",
        AWS_PROFILE: "",
      }),
  };
  return Object.fromEntries(
    Object.entries(said).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** `env`, completed with what `store` says and it does not; credentials count as one. */
export function withStoreEnvironment(env: Environment, store: BackupStore): Environment {
  const { accessKey, secretKey, ...rest } = store;
  const hasOwn = Boolean(env.AWS_ACCESS_KEY_ID ?? env.AWS_PROFILE);
  const pair = { ...(accessKey && { accessKey }), ...(secretKey && { secretKey }) };
  const own = Object.entries(env).filter(([, value]) => value !== undefined && value !== "");
  return { ...storeEnvironment(hasOwn ? rest : { ...rest, ...pair }), ...Object.fromEntries(own) };
}

/** Whether `text` is `s3://bucket/prefix`. */
export function isBucketPlace(text: string): boolean {
  return bucketParts(text) !== undefined;
}
