// A bucket of an S3-compatible store as a folder of backups: objects by their paths, each sent with a checksum that the store verifies.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { LockstepError } from "../errors/lockstepError.ts";
import { bucketParts } from "./place.ts";

/** Of an upload in parts, bytes: 10,000 parts are the most that S3 takes, so this allows files of 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;
/** Objects that one request may delete. */
const DELETE_AT_ONCE = 1000;

type Environment = Readonly<Record<string, string | undefined>>;

/** A bucket and the prefix that all of ours have. */
interface Place {
  readonly bucket: string;
  /** Empty, or with a `/` at its end. */
  readonly prefix: string;
}

/**
 * Reads `s3://bucket/prefix`.
 * @throws LockstepError CONFIG for anything else.
 */
export function parseBucket(text: string): Place {
  const found = bucketParts(text);
  if (found === undefined) {
    throw new LockstepError("CONFIG", "The bucket for backups cannot be read", {
      // What has a colon or an @ may hold somebody's credentials.
      seen: /[:@]/.test(text.slice(5)) ? "(not shown)" : text,
      next: "write s3://BUCKET/PREFIX; region, endpoint and credentials come by AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID …",
    });
  }
  const { bucket, prefix } = found;
  return { bucket, prefix: prefix === "" ? "" : `${prefix}/` };
}

/** Objects of one place. What the store refuses becomes BACKUP_FAILED with its own words. */
export class Bucket {
  readonly #place: Place;
  readonly #client: S3Client;
  /** For people. */
  readonly display: string;

  /**
   * `env` says where the store is and who we are there.
   * @throws LockstepError CONFIG
   */
  constructor(place: string, env: Environment = process.env) {
    this.#place = parseBucket(place);
    this.display = place;
    // The SDK would tell whoever takes a backup that its later versions want a newer Node: ours to see to.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    this.#client = new S3Client(clientConfig(env));
  }

  close(): void {
    this.#client.destroy();
  }

  /** Paths and sizes (bytes) below `folder`, all when it is empty. */
  async list(folder = ""): Promise<readonly { readonly path: string; readonly bytes: number }[]> {
    const { bucket, prefix } = this.#place;
    const found: { path: string; bytes: number }[] = [];
    let next: string | undefined;
    do {
      const page = await this.#ask(() =>
        this.#client.send(
          new ListObjectsV2Command({
            ...{ Bucket: bucket, Prefix: prefix + folder },
            ...(next === undefined ? {} : { ContinuationToken: next }),
          }),
        ),
      );
      for (const { Key = "", Size = 0 } of page.Contents ?? []) {
        found.push({ path: Key.slice(prefix.length), bytes: Size });
      }
      next = page.NextContinuationToken;
    } while (next !== undefined);
    return found;
  }

  /** The object as text; undefined where there is none. */
  async read(path: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#key(path)));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof S3ServiceException && error.name === "NoSuchKey") return undefined;
      throw this.#explained(error);
    }
  }

  /** Sends a file, in parts where it is big, and asks for its size again. */
  async upload(from: string, path: string, signal?: AbortSignal): Promise<void> {
    await this.#ask(async () => {
      const file = createReadStream(from, { highWaterMark: 1 << 20 });
      const upload = new Upload({
        client: this.#client,
        params: { ...this.#key(path), Body: file, ChecksumAlgorithm: "CRC32" },
        partSize: PART_BYTES,
        queueSize: 2,
      });
      const abort = () => void upload.abort();
      signal?.addEventListener("abort", abort, { once: true });
      try {
        await upload.done();
      } finally {
        signal?.removeEventListener("abort", abort);
        file.destroy();
      }
      const { ContentLength } = await this.#client.send(new HeadObjectCommand(this.#key(path)));
      if (ContentLength !== file.bytesRead) {
        throw new Error(
          `${path}: ${String(ContentLength)} of ${String(file.bytesRead)} bytes arrived`,
        );
      }
    });
  }

  /** Fetches an object into the file `to`, mode 0600, folders 0700. */
  async download(path: string, to: string, signal?: AbortSignal): Promise<void> {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await this.#ask(async () => {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#key(path)));
      const file = createWriteStream(to, { mode: 0o600 });
      await pipeline(Body as Readable, file, signal ? { signal } : {});
    });
  }

  /** Deletes all below `folder`, the object `first` before the others. */
  async remove(folder: string, first: string): Promise<void> {
    const paths = (await this.list(folder)).map(({ path }) => path);
    // Without its manifest it is no backup any more, whatever else is left.
    const ordered = [
      ...paths.filter((path) => path === first),
      ...paths.filter((p) => p !== first),
    ];
    for (let at = 0; at < ordered.length; at += DELETE_AT_ONCE) {
      const Objects = ordered
        .slice(at, at + DELETE_AT_ONCE)
        .map((path) => ({ Key: this.#key(path).Key }));
      await this.#ask(() =>
        this.#client.send(
          new DeleteObjectsCommand({
            Bucket: this.#place.bucket,
            Delete: { Objects, Quiet: true },
          }),
        ),
      );
    }
  }

  #key(path: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#place.bucket, Key: join(this.#place.prefix, path) };
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): LockstepError {
    const name = error instanceof Error ? error.name : "";
    const message = error instanceof Error ? error.message : String(error);
    return new LockstepError(
      "BACKUP_FAILED",
      "The store for backups refused or could not be reached",
      {
        where: this.display,
        seen: name === "" || name === "Error" ? message : `${name}: ${message}`,
        likely: likelyCause(name),
        next: "see to what it says, then run the same command again",
        cause: error,
      },
    );
  }
}

/** What `env` leaves open the SDK finds itself: a profile, the web identity of a pod, an instance's role. */
function clientConfig(env: Environment): S3ClientConfig {
  const endpoint = [env.AWS_ENDPOINT_URL_S3, env.AWS_ENDPOINT_URL].find(Boolean);
  const region = [env.AWS_REGION, env.AWS_DEFAULT_REGION].find(Boolean);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const sessionToken = env.AWS_SESSION_TOKEN;
  return {
    ...(endpoint && { endpoint, forcePathStyle: true }),
    ...(region && { region }),
    ...(endpoint && !region && { region: "us-east-1" }),
    ...(accessKeyId &&
      secretAccessKey &&
      !env.AWS_PROFILE && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      }),
  };
}

function likelyCause(name: string): string {
  if (name === "NoSuchBucket") return "the bucket is not there, or in another region";
  if (/AccessDenied|InvalidAccessKey|SignatureDoesNotMatch|Credentials|Forbidden/.test(name)) {
    return "the credentials are missing or may not do it: list, get, put and delete of objects are needed";
  }
  return "no network, a wrong endpoint, or the store is down";
}
