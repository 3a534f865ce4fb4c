// A store that speaks S3, in memory, with one bucket.
import { S3Client } from "@aws-sdk/client-s3";
import { execa } from "execa";
import { eventually } from "./eventually.ts";
import { goTool } from "./foreignTools.ts";
import { freePort } from "./freePort.ts";

/** A running store; its bucket is called `backups`. */
export interface BucketStore {
  /** How it is reached, as a command's environment says it. */
  readonly env: {
    readonly AWS_ENDPOINT_URL_S3: string;
    readonly AWS_ACCESS_KEY_ID: string;
    readonly AWS_SECRET_ACCESS_KEY: string;
  };
  readonly client: S3Client;
  readonly stop: () => Promise<void>;
}

/** Starts a store at an address of this machine. */
export async function startBucketStore(host = "127.0.0.1"): Promise<BucketStore> {
  const { command } = await goTool("gofakes3");
  const port = await freePort();
  const args = ["-host", `${host}:${String(port)}`, "-backend", "memory"];
  const store = execa(command, [...args, "-initialbucket", "backups"], { reject: false });
  const endpoint = `http://${host}:${String(port)}`;
  const [accessKeyId, secretAccessKey] = ["test", "not-a-secret"];
  const credentials = { accessKeyId, secretAccessKey };
  // The SDK would say in each run that its later versions want a newer Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const client = new S3Client({
    ...{ endpoint, region: "us-east-1", forcePathStyle: true, credentials },
  });
  await eventually("the store answers", () =>
    fetch(endpoint).then(
      () => true,
      () => undefined,
    ),
  );
  return {
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    client,
    stop: async () => {
      client.destroy();
      store.kill();
      await store;
    },
  };
}
